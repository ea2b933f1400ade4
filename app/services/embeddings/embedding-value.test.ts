import { expect, test } from "vitest";
import { embeddingLiteral } from "./embedding-value.ts";

const entity = { table: "page_embeddings", id: "1b4e", chunkIndex: 2 };
const vector = { type: "vector", dimensions: 3 } as const;
const halfvec = { type: "halfvec", dimensions: 3 } as const;

test("writes the text form", () => {
  expect(embeddingLiteral([1, -0.5, 1e-7], vector, entity)).toBe("[1,-0.5,1e-7]");
  expect(embeddingLiteral(Float32Array.of(1, 2, 3), halfvec, entity)).toBe("[1,2,3]");
});

test.each([
  ["wrong_dimension", [1, 2], vector],
  ["not_a_number", [1, Number.NaN, 2], vector],
  ["not_a_number", ["1", 2, 3] as unknown as number[], vector],
  ["not_a_number", [1, null, 3] as unknown as number[], vector],
  ["not_a_number", "123" as unknown as number[], vector],
  ["infinite", [1, 2, Number.POSITIVE_INFINITY], vector],
  ["infinite", [Number.NEGATIVE_INFINITY, 2, 3], halfvec],
  ["out_of_range", [65_520, 0, 0], halfvec],
  ["out_of_range", [0, -70_000, 0], halfvec],
  ["out_of_range", [0, 0, 3.5e38], vector],
] as const)("refuses %s: %j", (problem, values, column) => {
  const attempt = () => embeddingLiteral(values, column, entity);
  expect(attempt).toThrow(expect.objectContaining({ name: "EmbeddingValueError", problem, entity }));
  expect(attempt).toThrow(/page_embeddings 1b4e, chunk 2/);
});

test("takes the largest values of each type", () => {
  expect(embeddingLiteral([65_519, 0, 0], halfvec, entity)).toBe("[65519,0,0]");
  expect(embeddingLiteral([65_520, 3.4028234663852886e38, 0], vector, entity)).toBe(
    "[65520,3.4028234663852886e+38,0]",
  );
});
