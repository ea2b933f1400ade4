import { expect, test } from "vitest";
import { inputBatches } from "./input-batches.ts";

test("keeps the order and fills each batch up to the count", () => {
  expect(inputBatches(["a", "b", "c", "d", "e"], { count: 2, bytes: 100 })).toEqual([
    ["a", "b"],
    ["c", "d"],
    ["e"],
  ]);
});

test("counts bytes of UTF-8, not characters", () => {
  expect(inputBatches(["äö", "ab", "cd"], { count: 10, bytes: 6 })).toEqual([["äö", "ab"], ["cd"]]);
});

test("a text over the limit goes alone", () => {
  expect(inputBatches(["a", "long text", "b"], { count: 10, bytes: 4 })).toEqual([
    ["a"],
    ["long text"],
    ["b"],
  ]);
});

test("no texts make no batch", () => {
  expect(inputBatches([], { count: 10, bytes: 4 })).toEqual([]);
});
