import { describe, expect, test } from "vitest";
import { layOutRow } from "./row-layout.ts";

const uuid = { align: 1, variable: false, movable: false };
const int4 = { align: 4, variable: false, movable: false };
const int8 = { align: 8, variable: false, movable: false };
const text = { align: 4, variable: true, movable: true };

describe("a row", () => {
  test("begins each value where its type lets it begin, and ends at a multiple of 8", () => {
    // 24 of header, 4, 4 that stay empty, 8.
    const row = layOutRow(
      [
        { column: int4, bytes: 4 },
        { column: int8, bytes: 8 },
      ],
      2,
    );
    expect(row).toEqual({ bytes: 40, outOfLine: [] });
  });

  test("begins a short text anywhere, a long one at a multiple of 4", () => {
    const withText = (bytes: number) =>
      layOutRow(
        [
          { column: text, bytes: 5 },
          { column: text, bytes },
        ],
        2,
      ).bytes;
    // 24 + 5 + 123 = 152, and 24 + 8 + 128 = 160.
    expect([withText(123), withText(128)]).toEqual([152, 160]);
  });

  test("has a bit for each column where one is NULL or was dropped, from the ninth on 8 bytes more", () => {
    const values = Array.from({ length: 9 }, () => ({ column: int4, bytes: 4 }));
    expect(layOutRow(values, 9).bytes).toBe(64); // 24 + 36 = 60
    expect(layOutRow(values, 10).bytes).toBe(72); // 32 + 36 = 68
    expect(layOutRow([{ column: uuid, bytes: null }], 1).bytes).toBe(24);
  });

  test("beyond 2,032 bytes puts its longest values into TOAST, 18 bytes in place of each, until it is shorter", () => {
    const row = (...sizes: number[]) =>
      layOutRow(
        sizes.map((bytes) => ({ column: text, bytes })),
        sizes.length,
      );
    expect(row(2008)).toEqual({ bytes: 2032, outOfLine: [] });
    expect(row(2009)).toEqual({ bytes: 48, outOfLine: [2009] });
    // 24 + 900 + 18 = 942.
    expect(row(900, 1200)).toEqual({ bytes: 944, outOfLine: [1200] });
    expect(row(2100, 2200)).toEqual({ bytes: 64, outOfLine: [2200, 2100] });
  });

  test("is longer where its table keeps more of it", () => {
    const values = [
      { column: { ...text, movable: false }, bytes: 3080 },
      { column: text, bytes: 900 },
    ];
    expect(layOutRow(values, 2, 4080)).toEqual({ bytes: 4008, outOfLine: [] });
    expect(layOutRow(values, 2, 4000)).toEqual({ bytes: 3128, outOfLine: [900] });
  });

  test("keeps what may not leave it", () => {
    const fixed = { ...text, movable: false };
    expect(layOutRow([{ column: fixed, bytes: 3000 }], 1)).toEqual({ bytes: 3024, outOfLine: [] });
  });
});
