import { expect, test } from "vitest";
import { progressPoints } from "./progress-points.ts";

const at = (seconds: number, converted: number, hot: number) => ({
  at: new Date(Date.UTC(2026, 10, 1, 8, 0, seconds)),
  converted,
  hot,
});

test("rate and HOT share of each point are those since the point before", () => {
  const points = progressPoints([at(0, 0, 0), at(10, 1_000, 900), at(20, 1_500, 1_400)]);
  expect(points).toEqual([
    { at: "2026-11-01T08:00:00.000Z", rowsConverted: 0, rowsPerSecond: null, hotShare: null },
    { at: "2026-11-01T08:00:10.000Z", rowsConverted: 1_000, rowsPerSecond: 100, hotShare: 0.9 },
    { at: "2026-11-01T08:00:20.000Z", rowsConverted: 1_500, rowsPerSecond: 50, hotShare: 1 },
  ]);
});

test("where it waits the rate is 0 and there is no share of nothing", () => {
  expect(progressPoints([at(0, 10, 10), at(10, 10, 10)])[1]).toMatchObject({
    rowsPerSecond: 0,
    hotShare: null,
  });
});

test("a conversion that began anew has no rate below 0", () => {
  expect(progressPoints([at(0, 500, 400), at(10, 20, 10)])[1]).toMatchObject({
    rowsPerSecond: null,
    hotShare: null,
  });
});

test("two measurements at one moment divide by nothing", () => {
  expect(progressPoints([at(0, 0, 0), at(0, 5, 5)])[1]).toMatchObject({ rowsPerSecond: null, hotShare: 1 });
});

test("one point and no point", () => {
  expect(progressPoints([])).toEqual([]);
  expect(progressPoints([at(0, 5, 5)])).toHaveLength(1);
});
