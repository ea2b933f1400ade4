import { expect, test } from "vitest";
import { plural } from "./plural.ts";

test.each([
  [0, "rows", "queries"],
  [1, "row", "query"],
  [2, "rows", "queries"],
])("%i", (count, rows, queries) => {
  expect(plural(count, "row")).toBe(rows);
  expect(plural(count, "query", "queries")).toBe(queries);
});
