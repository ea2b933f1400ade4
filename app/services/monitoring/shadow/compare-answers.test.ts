import { describe, expect, it } from "vitest";
import { compareAnswers } from "./compare-answers.ts";

/** One hit for each letter, the similarity falling by a tenth. */
function answer(keys: string): { key: string; similarity: number }[] {
  return [...keys].map((key, position) => ({ key, similarity: 1 - position / 10 }));
}

describe("compareAnswers", () => {
  it.each([
    ["the same ten", "abcdefghij", "abcdefghij", 1],
    ["in another order", "abcdefghij", "jihgfedcba", 1],
    ["nine of ten", "abcdefghij", "abcdefghix", 0.9],
    ["nothing in common", "abc", "xyz", 0],
    ["only what comes after the first ten in common", "abcdefghijkl", "mnopqrstuvkl", 0],
    ["a limit of four", "abcd", "abxd", 0.75],
    ["a shorter one", "abcd", "ab", 0.5],
    ["a longer one", "ab", "abcd", 0.5],
    ["an empty one", "ab", "", 0],
    ["two empty ones", "", "", 1],
  ])("%s", (_, first, second, overlap) => {
    expect(compareAnswers(answer(first), answer(second)).overlap).toBe(overlap);
  });

  it("has the largest difference of the rows that both found, wherever they stand", () => {
    const one = [
      { key: "a", similarity: 0.9 },
      { key: "b", similarity: 0.8 },
      { key: "c", similarity: 0.1 },
    ];
    const other = [
      { key: "b", similarity: 0.75 },
      { key: "a", similarity: 0.91 },
      { key: "d", similarity: -1 },
    ];
    expect(compareAnswers(one, other).largestDifference).toBeCloseTo(0.05, 12);
    const long = [...answer("abcdefghij"), { key: "k", similarity: -0.2 }];
    const alike = [...answer("abcdefghij"), { key: "k", similarity: -0.5 }];
    expect(compareAnswers(long, alike)).toEqual({ overlap: 1, largestDifference: 0.3 });
  });

  it("has no difference where nothing is in common", () => {
    expect(compareAnswers(answer("abc"), answer("xyz")).largestDifference).toBe(0);
  });
});
