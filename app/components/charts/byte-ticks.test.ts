import { expect, it } from "vitest";
import { byteTicks } from "./byte-ticks.ts";

const MB = 1024 * 1024;

it("marks round numbers of a binary unit, at most five", () => {
  expect(byteTicks(324 * MB)).toEqual([0, 100 * MB, 200 * MB, 300 * MB]);
  expect(byteTicks(1.6 * 1024 * MB)).toEqual([0, 500 * MB, 1000 * MB, 1500 * MB]);
  expect(byteTicks(8)).toEqual([0, 2, 4, 6, 8]);
});

it("has only the beginning of an axis without length", () => {
  expect(byteTicks(0)).toEqual([0]);
});
