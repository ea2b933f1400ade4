import { expect, test } from "vitest";
import { chunksOf, cutAt, sectionsOf, sectionText } from "./chunks.ts";
import { parseMarkdownPage } from "./markdown-page.ts";

const sections = (markdown: string) => sectionsOf(parseMarkdownPage(markdown).blocks);

test("sections are what stands under each heading, with the headings above it", () => {
  const found = sections(
    "intro\n\n# A\n\ntext a\n\n## B\n\ntext b\n\n### C\n\n## D\n\ntext d\n\n# E\n\ntext e",
  );
  expect(found.map(({ heading, blocks }) => [heading, blocks.map(({ text }) => text)])).toEqual([
    ["", ["intro"]],
    ["A", ["text a"]],
    ["A › B", ["text b"]],
    ["A › D", ["text d"]],
    ["E", ["text e"]],
  ]);
});

test("a level that is left out leaves no gap in the path", () => {
  expect(sections("# A\n\n#### B\n\ntext")[0]?.heading).toBe("A › B");
});

test("a chunk holds paragraphs of one section as long as they fit, and begins with its heading", async () => {
  const found = await chunksOf(sections("# A\n\n1111111111\n\n2222222222\n\n3333333333\n\n# B\n\nb"), 26);
  expect(found.map(({ text }) => text)).toEqual(["A\n1111111111\n2222222222", "A\n3333333333", "B\nb"]);
});

test("what stands before the first heading begins with the title", async () => {
  const found = await chunksOf(sections("intro\n\n# A\n\na"), 50, "Title");
  expect(found).toEqual([
    { text: "Title\nintro", heading: "" },
    { text: "A\na", heading: "A" },
  ]);
});

test("no chunk is longer than asked, not even with a long heading", async () => {
  const markdown = `# ${"heading ".repeat(20)}\n\n${"A sentence of some words. ".repeat(50)}\n\n${"x".repeat(500)}`;
  const found = await chunksOf(sections(markdown), 120);
  expect(found.length).toBeGreaterThan(10);
  expect(Math.max(...found.map(({ text }) => text.length))).toBeLessThanOrEqual(120);
});

test("the text of a section is all of it, after its heading", () => {
  const [section] = sections("# A\n\n## B\n\none\n\ntwo");
  expect(section && sectionText(section)).toBe("B\none\ntwo");
});

test("a cut does not divide a character", () => {
  expect(cutAt("a🙂b", 2)).toBe("a");
  expect(cutAt("a🙂b", 3)).toBe("a🙂");
  expect(cutAt("ab", 2)).toBe("ab");
});
