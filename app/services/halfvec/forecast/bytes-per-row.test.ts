import { describe, expect, test } from "vitest";
import { hnswBytesPerRow, hnswWalBytesPerRow } from "./hnsw-bytes.ts";
import { isToasted, storedBytesPerRow, valueBytes } from "./stored-bytes.ts";

test("a value has a header of 8 bytes", () => {
  expect(valueBytes("vector", 1536)).toBe(6152);
  expect(valueBytes("halfvec", 1536)).toBe(3080);
});

describe("a stored value", () => {
  test("of 1,536 dimensions takes a page, as halfvec half of one, and entries of the TOAST index", () => {
    // Four chunks and two; 365 entries of 20 bytes on a page that is 90 % full.
    expect(storedBytesPerRow("vector", 1536)).toBeCloseTo(8192 + (4 * 8192) / 366, 5);
    expect(storedBytesPerRow("halfvec", 1536)).toBeCloseTo(4096 + (2 * 8192) / 366, 5);
  });

  test("stays in the row where it is short", () => {
    expect(storedBytesPerRow("halfvec", 256)).toBe(520);
    expect([isToasted("halfvec", 960), isToasted("halfvec", 1024), isToasted("vector", 768)]).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe("a row of an HNSW index", () => {
  test("takes a page, as halfvec half of one, at 1,536 dimensions", () => {
    expect(hnswBytesPerRow("vector", 1536, 16)).toBe(8192);
    expect(hnswBytesPerRow("halfvec", 1536, 16)).toBe(4096);
  });

  // 72 + 3,080 = 3,152 and its neighbours 200, with their line pointers; of one in 16, 256, … another 96; half of the page's own 32.
  test("is logged without the room that its page has left", () => {
    expect(hnswWalBytesPerRow("halfvec", 1536, 16)).toBeCloseTo(3152 + 200 + 2 * 4 + 96 / 15 + 32 / 2, 0);
  });

  // The element has 8,080 bytes, its neighbours 200: together more than a page, so that each has one.
  test("takes two pages where its neighbours do not fit beside it", () => {
    expect(hnswBytesPerRow("vector", 2000, 16)).toBe(16_384);
  });

  // 72 + 520 = 592, and 4 + 192 = 196, aligned 200; with their line pointers 800 of 8,160 bytes: ten to a page, but
  // one in sixteen has a higher level and 96 bytes more for each.
  test("shares its page with many where it is short", () => {
    expect(hnswBytesPerRow("halfvec", 256, 16)).toBeGreaterThan(8192 / 10);
    expect(hnswBytesPerRow("halfvec", 256, 16)).toBeLessThan(8192 / 9.8);
  });
});
