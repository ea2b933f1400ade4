import { describe, expect, test } from "vitest";
import { parseMarkdownPage } from "../import/markdown-page.ts";
import { editBlock } from "./edit-block.ts";
import { markdownOf } from "./page-content.ts";

const PAGE = `---
title: kept
---

# The *title*

A [link](other.md) and **bold** words.

- one
- two, of
  two lines
  - inside
- three

\`\`\`sql
SELECT 1;
\`\`\`

> quoted
> twice

| a | b |
|---|---|
| 1 | 2 |

The end, with a [[Link]].
`;

const { blocks } = parseMarkdownPage(PAGE);

/** Texts that Markdown would read as something else. */
const ODD = [
  "plain words",
  "# no heading",
  "- no list\n1. nor this",
  "> no quote",
  "*no* _emphasis_ `no code` ~~no~~",
  "[no](link) ![no](image) [no]",
  "https://example.org and www.example.org, someone@example.org",
  "<b>no HTML</b> &amp; no entity",
  "a | b\nc | d",
  "---\n===",
  "\\ backslash \\\\ and ``` fence",
  "1) one\n+ plus",
  "emoji 🙂 and ünïcode",
  "$1 $& $$ ~",
];

describe("one block is edited and all others stay", () => {
  for (const [index, block] of blocks.entries()) {
    for (const text of ODD.filter((odd) => block.type !== "heading" || !odd.includes("\n"))) {
      test(`${block.type} ${index}: ${JSON.stringify(text)}`, () => {
        const edited = editBlock(PAGE, index, text);
        expect(parseMarkdownPage(edited ?? "").blocks).toEqual(
          blocks.map((before, at) => (at === index ? { ...before, text } : before)),
        );
        expect(edited).toMatch(/^---\ntitle: kept\n---\n/);
      });
    }
    test(`${block.type} ${index} goes`, () => {
      const edited = editBlock(PAGE, index, null);
      expect(parseMarkdownPage(edited ?? "").blocks).toEqual(blocks.filter((_, at) => at !== index));
    });
  }
});

test("what stands around the block is not touched", () => {
  expect(editBlock(PAGE, 1, "New words.")).toBe(PAGE.replace(/A \[link\].*$/m, "New words."));
});

test("a title in double brackets is a link, but in code", () => {
  const read = (index: number) => parseMarkdownPage(editBlock(PAGE, index, "to [[Other page|it]]") ?? "");
  expect(read(1).titles).toEqual(["Other page", "Link"]);
  expect(read(1).blocks[1]?.text).toBe("to it");
  expect(read(6).titles).toEqual(["Link"]);
  expect(read(6).blocks[6]).toMatchObject({ type: "code", text: "to [[Other page|it]]" });
});

test("what cannot be one block of its kind is refused", () => {
  expect(editBlock(PAGE, 1, "   ")).toBeNull();
  expect(editBlock(PAGE, 99, "no such block")).toBeNull();
});

test("Markdown made from blocks reads as the same blocks", () => {
  const stored = blocks.map((block, index) => ({ id: String(index), ...block }));
  expect(parseMarkdownPage(markdownOf({}, stored)).blocks).toEqual(blocks);
  const odd = ODD.map((text, index) => ({ id: String(index), type: "paragraph", text }));
  expect(parseMarkdownPage(markdownOf({}, odd)).blocks.map(({ text }) => text)).toEqual(ODD);
});
