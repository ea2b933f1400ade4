import { expect, test } from "vitest";
import { stableId } from "./stable-id.ts";

test("is the same for the same names, in this release and the next", () => {
  expect(stableId("page", "a", 1)).toBe("38533c6e-a885-5c33-8a78-67e66fec13f0");
});

test("is another one for other names, however they are divided", () => {
  const ids = [
    stableId("a", "bc"),
    stableId("ab", "c"),
    stableId("abc"),
    stableId("a", "b", "c"),
    stableId("bc", "a"),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

test("is a UUID of version 5", () => {
  expect(stableId("x")).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
