import { describe, expect, it } from "vitest";
import { parseMarkdownPage } from "../import/markdown-page.ts";
import type { MarkdownNode } from "./markdown-tree.ts";
import type { ResolveLink } from "./page-links.ts";
import { readMarkdown } from "./read-markdown.ts";

const resolve: ResolveLink = (target) => {
  if ("title" in target) return target.title === "Roses" ? "/app/pages/roses" : null;
  return target.url === "tulips.md" ? "/app/pages/tulips" : null;
};

function read(markdown: string, title = "Garden"): MarkdownNode[] {
  const blocks = parseMarkdownPage(markdown).blocks.map((block, place) => ({
    ...block,
    id: `block ${place}`,
  }));
  return readMarkdown(markdown, { title, blocks, resolve });
}

/** Every id in a tree, in its order. */
function idsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(idsOf);
  if (typeof value !== "object" || value === null) return [];
  const own = "id" in value && typeof value.id === "string" ? [value.id] : [];
  return [...own, ...Object.values(value).flatMap(idsOf)];
}

const paragraph = (markdown: string) =>
  read(markdown).map((node) => ("children" in node ? node.children : node))[0];

describe("the blocks of a page", () => {
  it("leaves out the title, which stands above the text, and no other heading", () => {
    expect(read("# Garden\n\nSoil.")).toEqual([{ type: "paragraph", id: "block 1", children: ["Soil."] }]);
    expect(read("# Other\n\nSoil.")).toMatchObject([{ type: "heading", id: "other", level: 2 }, {}]);
    expect(read("## Garden")).toMatchObject([{ type: "heading", level: 2 }]);
  });

  it("puts headings on levels that follow each other", () => {
    const levels = read("# Garden\n\n#### A\n\n###### B\n\n#### C\n\n# D\n\n### E\n\n## F").map((node) =>
      node.type === "heading" ? `${node.children}${node.level}` : node.type,
    );
    expect(levels).toEqual(["A2", "B3", "C2", "D2", "E3", "F3"]);
  });

  it("names a heading as hits link to it, once, and others by their block", () => {
    expect(idsOf(read("## Soil & water\n\n## Soil, water\n\n## ✂"))).toEqual([
      "soil-water",
      "block 1",
      "block 2",
    ]);
  });

  it("gives every stored block its place in the text", () => {
    const markdown = [
      "Intro *here*.",
      "Intro *here*.",
      "- one\n- two\n  - nested\n- three\n\n  more of three",
      "| a | b |\n|---|---|\n| 1 | [2](tulips.md) |",
      "```ts\n  code();\n```",
      "> quote\n>\n> - of two",
      "Intro *here*.",
    ].join("\n\n");
    const blocks = parseMarkdownPage(markdown).blocks.map((_, place) => `block ${place}`);
    expect(blocks).toHaveLength(10);
    expect(idsOf(read(markdown))).toEqual(blocks);
  });

  it("goes without an id where the stored blocks are others, and finds the next one again", () => {
    const blocks = [{ id: "b", type: "paragraph", text: "Two." }];
    expect(idsOf(readMarkdown("One.\n\nTwo.\n\nThree.", { title: "", blocks, resolve }))).toEqual(["b"]);
  });

  it("keeps lists, tasks, tables, code and footnotes as what they are", () => {
    expect(read("3. three\n4. four")).toMatchObject([{ type: "list", start: 3, items: [{}, {}] }]);
    expect(read("- [x] done\n- [ ] open\n- plain")).toMatchObject([
      { type: "list", start: null, items: [{ done: true }, { done: false }, { done: null }] },
    ]);
    expect(read("| a | b |\n|:-:|--:|\n| 1 | 2 |\n| 3 |")).toMatchObject([
      { type: "table", align: ["center", "right"], head: [["a"], ["b"]], rows: [[["1"], ["2"]], [["3"]]] },
    ]);
    expect(read("```ts\n  a();\n```")).toMatchObject([{ type: "code", value: "  a();", language: "ts" }]);
    expect(read("A[^n].\n\n[^n]: Note.")).toMatchObject([
      { children: ["A", { type: "note", label: "n" }, "."] },
      { type: "footnote", label: "n" },
    ]);
  });

  it("shows a line of a soft break as one, and a hard break as two", () => {
    expect(paragraph("one\ntwo  \nthree<br>four")).toEqual(["one two\nthree\nfour"]);
  });
});

describe("links", () => {
  const link = (href: string, leads: string, words: string) => ({
    type: "link",
    href,
    leads,
    children: [words],
  });

  it("leads to the web and to mailboxes", () => {
    expect(paragraph("[a](https://x.test/?q=1) [b](mailto:a@x.test) <http://y.test>")).toEqual([
      link("https://x.test/?q=1", "elsewhere", "a"),
      " ",
      link("mailto:a@x.test", "elsewhere", "b"),
      " ",
      link("http://y.test", "elsewhere", "http://y.test"),
    ]);
  });

  it.each([
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "&#106;avascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "//evil.test",
    "/\\evil.test",
    "/sign-out",
    "file:///etc/passwd",
    "missing.md",
    "#nowhere",
    "",
  ])("keeps only the words of a link to %s", (target) => {
    expect(paragraph(`before [words](<${target}>) after`)).toEqual(["before words after"]);
  });

  it("leads to pages by their file and by their title, and to a new page for a title that none has", () => {
    expect(paragraph("[a](tulips.md), [[Roses]], [[Roses|red]], [[Moss & fern]]")).toEqual([
      link("/app/pages/tulips", "to-page", "a"),
      ", ",
      link("/app/pages/roses", "to-page", "Roses"),
      ", ",
      link("/app/pages/roses", "to-page", "red"),
      ", ",
      link("/app/pages/new?title=Moss+%26+fern", "missing", "Moss & fern"),
    ]);
  });

  it("leads to a heading of the page however another tool writes its fragment", () => {
    const [text] = read("[a](#whats-new) [b](#What%27s-New)\n\n## What's new");
    expect(text).toMatchObject({
      children: [link("#what-s-new", "within-page", "a"), " ", link("#what-s-new", "within-page", "b")],
    });
  });

  it("reads reference links", () => {
    expect(paragraph("[a][r] [r]\n\n[r]: https://x.test")).toEqual([
      link("https://x.test", "elsewhere", "a"),
      " ",
      link("https://x.test", "elsewhere", "r"),
    ]);
  });
});

describe("what is not shown", () => {
  it("makes links of images, and words of images within links", () => {
    expect(
      paragraph("![a](https://x.test/a.png) ![b](b.png) [![c](https://x.test/c.png)](https://y.test)"),
    ).toEqual([
      { type: "link", href: "https://x.test/a.png", leads: "elsewhere", children: ["a"] },
      " b ",
      { type: "link", href: "https://y.test", leads: "elsewhere", children: ["c"] },
    ]);
  });

  it("leaves out HTML, and what is empty without it", () => {
    expect(
      read("<script>alert(1)</script>\n\n<b>a</b> <img src=x onerror=alert(1)>b\n\n<!-- c -->\n\n![](x.png)"),
    ).toEqual([{ type: "paragraph", id: "block 0", children: ["a b"] }]);
  });

  it("leaves out front matter", () => {
    expect(read("---\na: b\n---\n\nText")).toMatchObject([{ children: ["Text"] }]);
  });
});
