import { expect, test } from "vitest";
import { hnswBytesPerRow } from "../forecast/hnsw-bytes.ts";
import { storedBytesPerRow } from "../forecast/stored-bytes.ts";
import type { TablePlan } from "../plan.ts";
import { forecastProfiles, plannedProfiles } from "./profile-forecast.ts";

const ROWS = 1000;
const SHAPE = { dimensions: 1536, m: 16 };
const VECTORS = ROWS * storedBytesPerRow("vector", 1536);
const HALFVECS = ROWS * storedBytesPerRow("halfvec", 1536);
const INDEXES = {
  halfvec: ROWS * hnswBytesPerRow("halfvec", 1536, 16),
  compact: ROWS * hnswBytesPerRow("bit", 1536, 16),
};

/** A table of which 50,000 bytes are neither a value nor an HNSW index. */
const now = (values: number, vectorIndexBytes: number, halfvecIndexBytes: number) => ({
  heapBytes: 40_000,
  toastBytes: values,
  vectorIndexBytes,
  halfvecIndexBytes,
  otherIndexBytes: 10_000,
});

test("whatever indexes stand, the table is forecast without them, and each index by its rows", () => {
  const rows = { rows: ROWS, ...SHAPE };
  const found = [
    forecastProfiles({ ...rows, phase: "baseline", now: now(VECTORS, 9000, 0), unconverted: ROWS }),
    forecastProfiles({ ...rows, phase: "indexed", now: now(VECTORS + HALFVECS, 9000, 5000), unconverted: 0 }),
    forecastProfiles({ ...rows, phase: "swapped", now: now(VECTORS + HALFVECS, 0, 5000), unconverted: 0 }),
    // The originals are dropped, their bytes are still there.
    forecastProfiles({ ...rows, phase: "contracted", now: now(VECTORS + HALFVECS, 0, 700), unconverted: 0 }),
  ];
  for (const { withoutIndex, indexes } of found) {
    expect(withoutIndex).toBeCloseTo(50_000 + HALFVECS, 4);
    expect(indexes).toEqual(INDEXES);
  }
});

test("a plan knows the same, until contract", () => {
  const plan = { phase: "swapped", rows: ROWS, compactBytesForecast: 60_000 + INDEXES.compact } as TablePlan;
  expect(plannedProfiles(plan, SHAPE)).toEqual({ withoutIndex: expect.closeTo(60_000, 4), indexes: INDEXES });
  expect(plannedProfiles({ ...plan, phase: "contracted" }, SHAPE)).toBeNull();
  expect(plannedProfiles({ ...plan, phase: "absent" }, SHAPE)).toBeNull();
});
