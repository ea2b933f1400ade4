import { expect, it } from "vitest";
import { differenceText, millisecondsText, reductionText, secondsText, shareText } from "./figures.ts";

it("writes shares in percent, and never rounds what is missing away", () => {
  expect([shareText(0.5), shareText(0.9973, 1), shareText(1), shareText(null)]).toEqual([
    "50 %",
    "99.7 %",
    "100 %",
    "–",
  ]);
  expect([shareText(0.9999), shareText(0.99999, 1)]).toEqual(["99 %", "99.9 %"]);
});

it("writes how much smaller or larger something became", () => {
  expect([0.5, -0.031, 0.001, null].map(reductionText)).toEqual(["−50 %", "+3 %", "±0 %", "–"]);
});

it("writes milliseconds to about three digits", () => {
  expect([0.25, 4, 4.36, 99.94, 123.4, 9_999, 12_345].map(millisecondsText)).toEqual([
    "0.25 ms",
    "4 ms",
    "4.4 ms",
    "99.9 ms",
    "123 ms",
    "9,999 ms",
    "12.3 s",
  ]);
});

it("writes seconds for a person", () => {
  expect([0.4, 59.4, 59.6, 245, 7_800].map(secondsText)).toEqual([
    "0 s",
    "59 s",
    "1 min 00 s",
    "4 min 05 s",
    "2 h 10 min",
  ]);
});

it("writes small differences in powers of ten", () => {
  expect([0, 0.0000131, null].map(differenceText)).toEqual(["0", "1.3e-5", "–"]);
});
