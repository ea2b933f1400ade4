import { expect, test } from "vitest";
import { PARAGRAPH, splitText } from "./split-text.ts";

test("cuts after a sentence, else at a line, else at a word, else anywhere", async () => {
  expect(await splitText("One two three. Four five six.", 20)).toEqual(["One two three.", "Four five six."]);
  expect(await splitText("one two three\nfour five six", 20)).toEqual(["one two three", "four five six"]);
  expect(await splitText("one two three four", 10)).toEqual(["one two", "three four"]);
  expect(await splitText("abcdefghij", 4)).toEqual(["abcd", "efgh", "ij"]);
});

test("whole paragraphs go together as long as they fit", async () => {
  const text = ["a".repeat(8), "b".repeat(8), "c".repeat(8)].join(PARAGRAPH);
  expect(await splitText(text, 18)).toEqual(["aaaaaaaa\nbbbbbbbb", "cccccccc"]);
});

test("pieces of one paragraph overlap by about 15 %, at whole sentences", async () => {
  const sentences = Array.from({ length: 40 }, (_, index) => `Sentence ${index + 10} has a few words.`);
  const pieces = await splitText(sentences.join(" "), 400);
  expect(pieces.length).toBeGreaterThan(3);
  for (const [index, piece] of pieces.slice(1).entries()) {
    const overlap = sentences.filter(
      (sentence) => piece.includes(sentence) && pieces[index]?.includes(sentence),
    );
    expect(overlap.join(" ").length).toBeGreaterThan(20);
    expect(overlap.join(" ").length).toBeLessThanOrEqual(60);
    expect(piece).toMatch(/^Sentence/);
    expect(piece).toMatch(/\.$/);
  }
});

test("does not divide a character, wherever it stands", async () => {
  expect(await splitText("🙂".repeat(4), 3)).toEqual(["🙂", "🙂", "🙂", "🙂"]);
  for (let before = 0; before < 12; before++) {
    const pieces = await splitText("x".repeat(before) + "🙂".repeat(50), 10);
    expect(pieces.filter((piece) => /[\ud800-\udfff]/u.test(piece))).toEqual([]);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(10);
  }
});

test("loses no word, and no piece is longer than asked", async () => {
  const words = Array.from({ length: 500 }, (_, index) => `word${index}${index % 9 === 0 ? "." : ""}`);
  const pieces = await splitText(words.join(" "), 90);
  expect(new Set(pieces.flatMap((piece) => piece.split(" ")))).toEqual(new Set(words));
  expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(90);
});

test("of nothing is nothing", async () => {
  expect(await splitText(" \n ", 10)).toEqual([]);
});
