import { expect, test } from "vitest";
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatSeconds,
  formatShare,
  formatTable,
} from "./format.ts";

// What pg_size_pretty prints for the same numbers.
test.each([
  [0, "0 bytes"],
  [10_239, "10239 bytes"],
  [10_240, "10 kB"],
  [57_344, "56 kB"],
  [10_485_247, "10239 kB"],
  [10_485_248, "10 MB"],
  [340_639_744, "325 MB"],
  [1e12, "931 GB"],
])("%i bytes", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0.04, "0.0 s"],
  [9.94, "9.9 s"],
  [42.4, "42 s"],
  [185, "3 min 05 s"],
  [7_800, "2 h 10 min"],
])("%d seconds", (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

test("shares and counts", () => {
  expect(formatShare(0.9184)).toBe("92 %");
  expect(formatShare(0.9184, 1)).toBe("91.8 %");
  expect(formatShare(null)).toBe("–");
  expect(formatCount(20_000)).toBe("20,000");
  expect([0, 1, 2880].map((count) => formatCounted(count, "row"))).toEqual(["0 rows", "1 row", "2,880 rows"]);
});

test("tables: first column to the left, the others to the right", () => {
  expect(
    formatTable(
      ["", "rows"],
      [
        ["pages", "20"],
        ["a", "1,000"],
      ],
    ),
  ).toEqual(["        rows", "pages     20", "a      1,000"]);
});
