import { describe, expect, test } from "vitest";
import { btreeBytes, entryBytes } from "./btree-bytes.ts";

const PAGE = 8192;
const INT4 = entryBytes(4, false);
const UUID = entryBytes(16, false);

test("an entry has a header of 8 bytes, with a NULL of 16", () => {
  expect([INT4, UUID, entryBytes(20, false), entryBytes(0, true)]).toEqual([16, 24, 32, 16]);
});

describe("a B-tree that was built", () => {
  const unique = { fillfactor: 90, distinct: null };

  test("of no rows is its first page", () => {
    expect(btreeBytes({ ...unique, rows: 0, entry: INT4 })).toBe(PAGE);
  });

  // 8192 - 24 - 16 - 8 = 8144, less 819 that stay empty: 366 entries of 20 bytes, 261 of 28.
  test("holds 366 integers or 261 uuids on a leaf", () => {
    expect(btreeBytes({ ...unique, rows: 366, entry: INT4 })).toBe(2 * PAGE);
    // Two leaves and a root.
    expect(btreeBytes({ ...unique, rows: 367, entry: INT4 })).toBe(4 * PAGE);
    expect(btreeBytes({ ...unique, rows: 2610, entry: UUID })).toBe(12 * PAGE);
  });

  // 1,000,000 integers: 2,733 leaves; 5,687 / 20 = 284 entries above: 10 pages, and a root. PostgreSQL has 2,745 pages.
  test("has a level above where the leaves are many", () => {
    expect(btreeBytes({ ...unique, rows: 1_000_000, entry: INT4 })).toBe(2745 * PAGE);
  });

  test("leaves empty what its fillfactor says", () => {
    // 8144 - 4096 = 4048: 202 entries.
    expect(btreeBytes({ rows: 202, entry: INT4, fillfactor: 50, distinct: null })).toBe(2 * PAGE);
    expect(btreeBytes({ rows: 203, entry: INT4, fillfactor: 50, distinct: null })).toBe(4 * PAGE);
  });

  // 24 + 130 × 6 = 804, aligned 808, with its line pointer 812: nine lists on a leaf, 1,170 rows.
  test("keeps the rows of an equal key in lists of 130 uuids", () => {
    expect(btreeBytes({ rows: 1170, entry: UUID, fillfactor: 90, distinct: 1 })).toBe(2 * PAGE);
    expect(btreeBytes({ rows: 1171, entry: UUID, fillfactor: 90, distinct: 1 })).toBe(4 * PAGE);
  });

  test("has an entry for each row where the keys do not repeat", () => {
    expect(btreeBytes({ rows: 2610, entry: UUID, fillfactor: 90, distinct: 2610 })).toBe(12 * PAGE);
  });
});
