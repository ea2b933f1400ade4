import { describe, expect, test } from "vitest";
import { chunksOf, sectionsOf, splitText } from "./chunks.ts";
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

test("a chunk holds paragraphs of one section as long as they fit, and begins with its heading", () => {
  const found = chunksOf(sections("# A\n\n1111111111\n\n2222222222\n\n3333333333\n\n# B\n\nb"), 26);
  expect(found.map(({ text }) => text)).toEqual(["A\n1111111111\n2222222222", "A\n3333333333", "B\nb"]);
});

test("no chunk is longer than asked, not even with a long heading", () => {
  const markdown = `# ${"heading ".repeat(20)}\n\n${"A sentence of some words. ".repeat(50)}\n\n${"x".repeat(500)}`;
  const found = chunksOf(sections(markdown), 120);
  expect(found.length).toBeGreaterThan(10);
  expect(Math.max(...found.map(({ text }) => text.length))).toBeLessThanOrEqual(120);
});

describe("splitText", () => {
  test("cuts after a sentence, else at a line, else at a word, else anywhere", () => {
    expect(splitText("One two three. Four five six.", 20)).toEqual(["One two three.", "Four five six."]);
    expect(splitText("one two three\nfour five six", 20)).toEqual(["one two three", "four five six"]);
    expect(splitText("one two three four", 10)).toEqual(["one two", "three four"]);
    expect(splitText("abcdefghij", 4)).toEqual(["abcd", "efgh", "ij"]);
  });

  test("does not divide a character", () => {
    expect(splitText("🙂".repeat(4), 3)).toEqual(["🙂", "🙂", "🙂", "🙂"]);
    expect(splitText("🙂", 1).join("")).toBe("🙂");
  });

  test("loses no word", () => {
    const text = Array.from({ length: 500 }, (_, index) => `word${index}${index % 9 === 0 ? "." : ""}`).join(
      " ",
    );
    expect(splitText(text, 90).join(" ")).toBe(text);
  });

  test("of nothing is nothing", () => {
    expect(splitText(" \n ", 10)).toEqual([]);
  });
});
