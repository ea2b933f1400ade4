import { expect, test } from "vitest";
import { parseMarkdownPage } from "./markdown-page.ts";

test("makes blocks of headings, paragraphs, code, list items, quotes and tables, in order", () => {
  const page = parseMarkdownPage(`# The *title*

First paragraph with **bold**,
a [link](other.md#part) and \`code\`.

## Part

- one
  more of one
- two
  - two and a half

\`\`\`sql
SELECT 1;
\`\`\`

> quoted
> twice

| a | b |
|---|---|
| 1 | 2 |
`);
  expect(page.title).toBe("The title");
  expect(page.blocks).toEqual([
    { type: "heading", text: "The title", level: 1 },
    { type: "paragraph", text: "First paragraph with bold, a link and code." },
    { type: "heading", text: "Part", level: 2 },
    { type: "list_item", text: "one more of one", depth: 1 },
    { type: "list_item", text: "two", depth: 1 },
    { type: "list_item", text: "two and a half", depth: 2 },
    { type: "code", text: "SELECT 1;", language: "sql" },
    { type: "quote", text: "quoted twice" },
    { type: "table", text: "a | b\n1 | 2" },
  ]);
  expect(page.links).toEqual(["other.md#part"]);
});

test("a line ends at a hard break and in code, not where the source is wrapped", () => {
  const { blocks } = parseMarkdownPage("one\ntwo  \nthree\\\nfour\n\n> five\n> six\n\n```\na\nb\n```");
  expect(blocks.map(({ text }) => text)).toEqual(["one two\nthree\nfour", "five six", "a\nb"]);
});

test("HTML, images, comments and front matter leave no text", () => {
  const page = parseMarkdownPage(`---
title: x
---

<p align="center"><img src="a.png"></p>

[![badge](https://example.org/badge.svg)](https://example.org)

Text <b>here</b> <!-- not here -->
`);
  expect(page.blocks).toEqual([{ type: "paragraph", text: "Text here" }]);
  expect(page.title).toBeNull();
});

test("links by reference and addresses count, each once; images do not", () => {
  const page = parseMarkdownPage("[a][1] [b](x.md) [c](x.md) ![d](d.png) https://example.org\n\n[1]: y.md");
  expect([...page.links].sort()).toEqual(["https://example.org", "x.md", "y.md"]);
});

test("nothing, only spaces and a lone byte order mark are pages without blocks", () => {
  for (const markdown of ["", "  \n\n", "\uFEFF"]) {
    expect(parseMarkdownPage(markdown)).toEqual({ title: null, blocks: [], links: [], titles: [] });
  }
});

test("the titles in double brackets, with the words that are shown in their place", () => {
  const page = parseMarkdownPage(
    "See [[Backups]], [[ The  plan |our plan]] and [[backups]].\n\n`[[not this]]`\n\n```\n[[nor this]]\n```\n\n[[over\ntwo lines]]",
  );
  expect(page.titles).toEqual(["Backups", "The  plan", "backups", "over two lines"]);
  expect(page.blocks[0]?.text).toBe("See Backups, our plan and backups.");
});
