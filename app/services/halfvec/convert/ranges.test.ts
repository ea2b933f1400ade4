import { expect, test } from "vitest";
import { joinRanges } from "./ranges.ts";

test("ranges that touch become one, gaps stay", () => {
  const ranges = [
    { first: 0, end: 4 },
    { first: 4, end: 8 },
    { first: 10, end: 12 },
  ];
  expect(joinRanges(ranges)).toEqual([
    { first: 0, end: 8 },
    { first: 10, end: 12 },
  ]);
  expect(ranges[0]).toEqual({ first: 0, end: 4 });
  expect(joinRanges([])).toEqual([]);
});
