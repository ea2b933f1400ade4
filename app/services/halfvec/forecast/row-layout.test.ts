import { describe, expect, test } from "vitest";
import { layOutRow, type StoredValue } from "./row-layout.ts";

const uuid = { align: 1, variable: false, movable: false };
const int4 = { align: 4, variable: false, movable: false };
const int8 = { align: 8, variable: false, movable: false };
const text = { align: 4, variable: true, movable: true };

const stored = (
  column: StoredValue["column"],
  bytes: number | null,
  compressed: number | null = null,
): StoredValue => ({ column, bytes, compressed });

describe("a row", () => {
  test("begins each value where its type lets it begin, and ends at a multiple of 8", () => {
    // 24 of header, 4, 4 that stay empty, 8.
    const row = layOutRow([stored(int4, 4), stored(int8, 8)], 2);
    expect(row).toEqual({ bytes: 40, outOfLine: [] });
  });

  test("begins a short text anywhere, a long one at a multiple of 4", () => {
    const withText = (bytes: number) => layOutRow([stored(text, 5), stored(text, bytes)], 2).bytes;
    // 24 + 5 + 123 = 152, and 24 + 8 + 128 = 160.
    expect([withText(123), withText(128)]).toEqual([152, 160]);
  });

  test("has a bit for each column where one is NULL or was dropped, from the ninth on 8 bytes more", () => {
    const values = Array.from({ length: 9 }, () => stored(int4, 4));
    expect(layOutRow(values, 9).bytes).toBe(64); // 24 + 36 = 60
    expect(layOutRow(values, 10).bytes).toBe(72); // 32 + 36 = 68
    expect(layOutRow([stored(uuid, null)], 1).bytes).toBe(24);
  });

  test("beyond 2,032 bytes puts its longest values into TOAST, 18 bytes in place of each, until it is shorter", () => {
    const row = (...sizes: number[]) =>
      layOutRow(
        sizes.map((bytes) => stored(text, bytes)),
        sizes.length,
      );
    expect(row(2008)).toEqual({ bytes: 2032, outOfLine: [] });
    expect(row(2009)).toEqual({ bytes: 48, outOfLine: [2009] });
    // 24 + 900 + 18 = 942.
    expect(row(900, 1200)).toEqual({ bytes: 944, outOfLine: [1200] });
    expect(row(2100, 2200)).toEqual({ bytes: 64, outOfLine: [2200, 2100] });
  });

  test("is longer where its table keeps more of it", () => {
    const values = [stored({ ...text, movable: false }, 3080), stored(text, 900)];
    expect(layOutRow(values, 2, 4080)).toEqual({ bytes: 4008, outOfLine: [] });
    expect(layOutRow(values, 2, 4000)).toEqual({ bytes: 3128, outOfLine: [900] });
  });

  test("compresses its longest values before any leaves it, but for one that alone is too long", () => {
    const vector = (bytes: number) => stored(text, bytes);
    const words = stored(text, 1500, 700);
    // A vector of 768 dimensions goes at once, and the text may stay as it is: 24 + 20 + 1500.
    expect(layOutRow([vector(3080), words], 2)).toEqual({ bytes: 1544, outOfLine: [3080] });
    // As halfvec it cannot be compressed and does not go, so the text is: 24 + 1544 + 700 is still too long.
    expect(layOutRow([vector(1544), words], 2)).toEqual({ bytes: 744, outOfLine: [1544] });
    // 24 + 1544 + 400.
    expect(layOutRow([vector(1544), stored(text, 1500, 400)], 2)).toEqual({ bytes: 1968, outOfLine: [] });
    expect(layOutRow([stored(text, 2500, 2100)], 1)).toEqual({ bytes: 48, outOfLine: [2100] });
  });

  test("keeps what may not leave it", () => {
    const fixed = { ...text, movable: false };
    expect(layOutRow([stored(fixed, 3000)], 1)).toEqual({ bytes: 3024, outOfLine: [] });
  });
});
