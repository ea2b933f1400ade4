import { describe, expect, test } from "vitest";
import { mean, type Neighbour, recallAt } from "./recall.ts";

/** Each similarity is another row's. */
function neighbours(...similarities: number[]): Neighbour[] {
  return similarities.map((similarity) => ({ key: `row at ${similarity}`, similarity }));
}

describe("recallAt", () => {
  const exact = neighbours(0.9, 0.8, 0.7, 0.6);

  test.each([
    ["all found", [0.9, 0.8, 0.7, 0.6], 1],
    ["one missed", [0.9, 0.8, 0.6, 0.5], 0.75],
    ["none", [0.2, 0.1], 0],
    ["fewer results than asked for", [0.9], 0.25],
    ["nothing", [], 0],
  ])("%s", (_, found, expected) => {
    expect(recallAt(4, exact, neighbours(...found))).toBe(expected);
  });

  test("a row as near as the last true neighbour stands for it", () => {
    const tied = neighbours(0.9, 0.8, 0.8, 0.8);
    expect(
      recallAt(2, tied, [
        { key: "row 0", similarity: 0.9 },
        { key: "row 3", similarity: 0.8 },
      ]),
    ).toBe(1);
  });

  test("rounding in single precision is no difference", () => {
    expect(recallAt(4, exact, neighbours(0.9, 0.8, 0.7, 0.6 - 5e-7))).toBe(1);
    expect(recallAt(4, exact, neighbours(0.9, 0.8, 0.7, 0.6 - 5e-6))).toBe(0.75);
  });

  test("a table with fewer rows than k is measured by what there is", () => {
    expect(recallAt(10, neighbours(0.9, 0.8), neighbours(0.9, 0.8))).toBe(1);
    expect(recallAt(10, [], [])).toBe(1);
  });
});

test("mean of some values and of none", () => {
  expect(mean([1, 2, 6])).toBe(3);
  expect(mean([])).toBeNull();
});

test("a true neighbour counts where its similarity was rounded in another way", () => {
  const exact = [
    { key: "a", similarity: 0.9 },
    { key: "b", similarity: 0.8 },
  ];
  const found = [
    { key: "a", similarity: 0.9 },
    { key: "b", similarity: 0.799995 },
  ];
  expect(recallAt(2, exact, found)).toBe(1);
  expect(
    recallAt(
      2,
      exact,
      found.map((one) => (one.key === "b" ? { ...one, key: "c" } : one)),
    ),
  ).toBe(0.5);
});
