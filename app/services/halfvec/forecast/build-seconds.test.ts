import { describe, expect, test } from "vitest";
import { buildSeconds, slownessOf } from "./build-seconds.ts";

const MB = 2 ** 20;
const MEANS = { maintenanceWorkMem: 1024 * MB, maxWorkers: 2, leastParallelBytes: 8 * MB, slowness: 1 };
const MEASURED = {
  rows: 50_000,
  dimensions: 1536,
  hnsw: { m: 16, efConstruction: 64 },
  heapBytes: 30 * MB,
};

describe("the build of an index", () => {
  test("takes what was measured, where all is as it was then", () => {
    expect(buildSeconds("halfvec", MEASURED, MEANS)).toBeCloseTo(26.9, 5);
    expect(buildSeconds("compact", MEASURED, MEANS)).toBeCloseTo(9.2, 5);
  });

  test("grows a little more than the rows", () => {
    const more = buildSeconds("halfvec", { ...MEASURED, rows: 500_000 }, MEANS) / 26.9;
    // ln 500,000 / ln 50,000 = 1.213
    expect(more).toBeCloseTo(12.13, 2);
    expect(buildSeconds("halfvec", { ...MEASURED, rows: 0 }, MEANS)).toBe(0);
  });

  test("grows with m, and in part with ef_construction and dimensions; of signs not with the latter", () => {
    const factor = (basis: Partial<typeof MEASURED>) =>
      buildSeconds("halfvec", { ...MEASURED, ...basis }, MEANS) / 26.9;
    expect(factor({ hnsw: { m: 32, efConstruction: 64 } })).toBeCloseTo(2, 5);
    expect(factor({ hnsw: { m: 16, efConstruction: 128 } })).toBeCloseTo(1.2, 5);
    expect(factor({ dimensions: 3072 })).toBeCloseTo(1.52, 5);
    expect(buildSeconds("compact", { ...MEASURED, dimensions: 3072 }, MEANS)).toBeCloseTo(9.2, 5);
  });

  test("has as many processes as the table, the memory and the settings let it have", () => {
    const factor = (heapBytes: number, means: Partial<typeof MEANS>) =>
      buildSeconds("halfvec", { ...MEASURED, heapBytes }, { ...MEANS, ...means }) / 26.9;
    // One process, where there were two cores.
    expect(factor(7 * MB, {})).toBeCloseTo(2, 5);
    expect(factor(30 * MB, { maintenanceWorkMem: 63 * MB })).toBeCloseTo(2, 5);
    expect(factor(30 * MB, { maxWorkers: 0 })).toBeCloseTo(2, 5);
    // 8, 24, 72 MB: three workers, and the one that leads them.
    expect(factor(80 * MB, { maxWorkers: 8 })).toBeCloseTo(0.5, 5);
  });

  test("takes as much longer as a distance does", () => {
    // 0.087 + 1,536 × 0.000152 = 0.3205 microseconds on the server that was measured.
    expect(slownessOf(0.641e-6, 1536)).toBeCloseTo(2, 2);
    expect(buildSeconds("halfvec", MEASURED, { ...MEANS, slowness: 2 })).toBeCloseTo(53.8, 5);
  });
});
