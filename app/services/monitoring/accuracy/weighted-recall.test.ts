import { expect, test } from "vitest";
import { weightedRecall } from "./weighted-recall.ts";

test("tables count as often as they were asked, and those without a recall do not count", () => {
  const tables = [
    { queries: 50, recallVector: 1, recallHalfvec: 0.98 },
    { queries: 10, recallVector: null, recallHalfvec: 0.8 },
    { queries: 0, recallVector: null, recallHalfvec: null },
  ];
  expect(weightedRecall(tables, "recallVector")).toBe(1);
  expect(weightedRecall(tables, "recallHalfvec")).toBeCloseTo((50 * 0.98 + 10 * 0.8) / 60);
  expect(weightedRecall(tables.slice(2), "recallHalfvec")).toBeNull();
});
