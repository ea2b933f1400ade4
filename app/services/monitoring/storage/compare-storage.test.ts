import { expect, test } from "vitest";
import { compareStorage, reductionOf, sumStorage, withTotal } from "./compare-storage.ts";

/** Heap, TOAST, vector index, halfvec index, other indexes. */
function figures(heap: number, toast: number, vector: number, halfvec: number, other: number) {
  return withTotal({
    heapBytes: heap,
    toastBytes: toast,
    vectorIndexBytes: vector,
    halfvecIndexBytes: halfvec,
    otherIndexBytes: other,
  });
}

const at = (time: string, ...bytes: Parameters<typeof figures>) => ({
  ...figures(...bytes),
  measuredAt: `2026-11-01T${time}:00.000Z`,
});

test("what was saved, worked out by hand", () => {
  // Table 400 → 240, index 400 → 200, in all 1,000 → 640.
  expect(reductionOf(figures(100, 300, 400, 0, 200), figures(100, 140, 0, 200, 200))).toEqual({
    table: 1 - 240 / 400,
    index: 0.5,
    total: 0.36,
  });
});

test("while both indexes stand more is taken, and the halfvec index is compared with the vector index alone", () => {
  const reduction = reductionOf(figures(100, 300, 400, 0, 200), figures(100, 460, 400, 200, 200));
  expect(reduction.table).toBeCloseTo(-0.4);
  expect(reduction.index).toBe(0.5);
  expect(reduction.total).toBeCloseTo(-0.36);
});

test("without a halfvec index there is nothing to compare, and nothing is divided by zero", () => {
  expect(reductionOf(figures(0, 0, 0, 0, 0), figures(0, 0, 0, 0, 0))).toEqual({
    table: 0,
    index: null,
    total: 0,
  });
  expect(reductionOf(figures(1, 1, 8, 0, 1), figures(1, 1, 8, 0, 1)).index).toBeNull();
});

test("the peak is the largest of what was stored and of now", () => {
  const baseline = at("08:00", 1, 2, 4, 0, 1);
  const indexed = at("09:00", 1, 4, 4, 2, 1);
  const now = at("10:00", 1, 4, 0, 2, 1);
  const course = { before: baseline, after: null };
  expect(compareStorage({ ...course, stored: [baseline, indexed], now }).peak).toBe(indexed);
  expect(compareStorage({ ...course, stored: [baseline], now: indexed }).peak).toBe(indexed);
});

test("before expand there is only now: nothing is invented to compare it with", () => {
  const now = at("08:00", 1, 2, 4, 0, 1);
  expect(compareStorage({ before: null, stored: [], now, after: null })).toEqual({
    before: null,
    peak: null,
    now,
    after: null,
    reduction: null,
  });
});

test("sums add up over tables, and a moment that one of them lacks is null", () => {
  const before = at("08:00", 10, 20, 40, 0, 10);
  const now = at("10:00", 10, 30, 40, 20, 10);
  const after = figures(10, 10, 0, 20, 10);
  const whole = compareStorage({ before, stored: [before], now, after });
  const young = compareStorage({ before: null, stored: [], now, after: null });
  expect(sumStorage([whole, whole], "2026-11-01T10:00:00.000Z")).toMatchObject({
    before: { totalBytes: 160, measuredAt: "2026-11-01T10:00:00.000Z" },
    now: { toastBytes: 60, totalBytes: 220 },
    after: { totalBytes: 100 },
    reduction: { after: { index: 0.5, total: 1 - 100 / 160 } },
  });
  expect(sumStorage([whole, young], "2026-11-01T10:00:00.000Z")).toMatchObject({
    before: null,
    peak: null,
    now: { totalBytes: 220 },
    // What has nothing left to do stands in the sum with what it has.
    after: { totalBytes: 50 + 110 },
    reduction: null,
  });
});
