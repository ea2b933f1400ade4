import { expect, test } from "vitest";
import { otherColumn } from "./other-column.ts";

const live = { name: "embedding", type: "vector", indexed: true } as const;
const twin = { name: "embedding_halfvec", type: "halfvec", indexed: true, verified: false } as const;

test("while both columns have an index, each is the other's other one", () => {
  expect(otherColumn({ live, twin }, live)).toBe(twin);
  expect(otherColumn({ live, twin }, twin)).toBe(live);
});

test("a column without an index is no other one", () => {
  expect(otherColumn({ live, twin: { ...twin, indexed: false } }, live)).toBeUndefined();
  expect(otherColumn({ live: { ...live, indexed: false }, twin }, twin)).toBeUndefined();
});

test("before expand and after the swap there is none", () => {
  expect(otherColumn({ live, twin: null }, live)).toBeUndefined();
  const swapped = { ...live, type: "halfvec" } as const;
  expect(otherColumn({ live: swapped, twin: null }, swapped)).toBeUndefined();
});

test("a search that was answered just before the swap has none either", () => {
  expect(otherColumn({ live: { ...live, type: "halfvec" }, twin: null }, twin)).toBeUndefined();
});
