import { expect, it } from "vitest";
import { hrefOf, readAddress } from "./page-address.ts";

const read = (search: string) => readAddress(new URLSearchParams(search));

it("reads what it wrote", () => {
  for (const address of [
    { minutes: 60, confirm: null, done: null },
    { minutes: 5, confirm: "pause", done: null },
    { minutes: 1440, confirm: null, done: "flag-halfvec" },
  ] as const) {
    expect(read(new URL(hrefOf(address), "http://app.test").search)).toEqual(address);
  }
  expect(hrefOf({})).toBe("/app/performance-dashboard");
});

it("takes what it does not know as not said", () => {
  expect(read("minutes=7&confirm=drop")).toEqual({ minutes: 60, confirm: null, done: null });
  expect(read("confirm=toString")).toEqual({ minutes: 60, confirm: null, done: null });
});
