import { expect, it } from "vitest";
import { hrefOf, readAddress } from "./page-address.ts";

const read = (search: string) => readAddress(new URLSearchParams(search));

it("reads what it wrote", () => {
  for (const address of [
    { minutes: 60, confirm: null },
    { minutes: 5, confirm: "pause" },
    { minutes: 1440, confirm: "flag-halfvec" },
  ] as const) {
    expect(read(new URL(hrefOf(address), "http://app.test").search)).toEqual(address);
  }
  expect(hrefOf({ minutes: 60, confirm: null })).toBe("/app/performance-dashboard");
});

it("takes what it does not know as not said", () => {
  expect(read("minutes=7&confirm=drop")).toEqual({ minutes: 60, confirm: null });
  expect(read("confirm=toString")).toEqual({ minutes: 60, confirm: null });
});
