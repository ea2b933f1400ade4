import { describe, expect, it } from "vitest";
import { downSample, unbroken } from "./down-sample.ts";
import type { Point } from "./point.ts";

const flat = (count: number): Point[] => Array.from({ length: count }, (_, at) => ({ at, value: 1 }));

describe("downSample", () => {
  it("leaves few points as they are", () => {
    expect(downSample([], 100)).toEqual([]);
    expect(downSample(flat(1), 100)).toEqual(flat(1));
    expect(downSample(flat(200), 100)).toEqual(flat(200));
  });

  it("keeps the spike and the dip among a million points, in order, first and last too", () => {
    const points = flat(1_000_000);
    points[123_456] = { at: 123_456, value: 9 };
    points[123_460] = { at: 123_460, value: -9 };
    const kept = downSample(points, 480);
    expect(kept.length).toBeLessThanOrEqual(2 * 480 + 2);
    expect(kept).toContainEqual({ at: 123_456, value: 9 });
    expect(kept).toContainEqual({ at: 123_460, value: -9 });
    expect(kept[0]).toEqual({ at: 0, value: 1 });
    expect(kept.at(-1)).toEqual({ at: 999_999, value: 1 });
    expect(kept.map(({ at }) => at)).toEqual([...kept.map(({ at }) => at)].sort((a, b) => a - b));
    expect(new Set(kept).size).toBe(kept.length);
  });

  it("survives points of one and the same moment", () => {
    const points = Array.from({ length: 1_000 }, (_, value) => ({ at: 7, value }));
    const kept = downSample(points, 10).map(({ value }) => value);
    expect(kept).toEqual([0, 999]);
  });
});

describe("unbroken", () => {
  it("breaks a line where nothing was measured for too long", () => {
    const at = (times: number[]) => times.map((time) => ({ at: time, value: 0 }));
    expect(unbroken([], 10)).toEqual([]);
    expect(unbroken(at([0, 10, 20, 31, 40]), 10)).toEqual([at([0, 10, 20]), at([31, 40])]);
  });
});
