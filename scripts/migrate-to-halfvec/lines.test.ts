import { expect, test } from "vitest";
import { lineOf, originalsText } from "./lines.ts";

const SHORT = "with no more digits than halfvec (written since the swap, or always so)";

test.each([
  [{ rows: 0, unequal: 0, rounded: 0 }, "no embeddings"],
  [{ rows: 1, unequal: 0, rounded: 0 }, "1 original, bit for bit"],
  [{ rows: 3000, unequal: 0, rounded: 120 }, `2,880 originals, bit for bit; 120 rows ${SHORT}`],
  [{ rows: 2, unequal: 0, rounded: 1 }, `1 original, bit for bit; 1 row ${SHORT}`],
  [{ rows: 60, unequal: 0, rounded: 60 }, `60 rows ${SHORT}`],
  [{ rows: 60, unequal: 1, rounded: 0 }, "1 backup not equal to what the app reads (of 60 rows)"],
])("originals: %o", (proved, text) => {
  expect(originalsText(proved)).toBe(text);
});

test("a single row that is set aside", () => {
  const examples = [{ key: { id: "a" }, reason: "70000 is out of range" }];
  expect(lineOf({ event: "set-aside", table: "documents", rows: 1, examples })).toBe(
    '1 row of documents set aside, beyond what halfvec can hold:\n  {"id":"a"}: 70000 is out of range',
  );
});
