import { expect, test } from "vitest";
import { provenRecall } from "./tune-index.ts";

test("signs are credited with what they find beyond chance, whole values with what they find", () => {
  const figures = { recall: 0.96, recallError: 0.01 };
  expect(provenRecall("halfvec", figures)).toBe(0.96);
  expect(provenRecall("compact", figures)).toBeCloseTo(0.95);
});
