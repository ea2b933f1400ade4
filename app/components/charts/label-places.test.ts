import { expect, it } from "vitest";
import { labelPlaces } from "./label-places.ts";

it("leaves labels where they are that do not touch", () => {
  expect(labelPlaces([], 10)).toEqual([]);
  expect(labelPlaces([70, 20], 10)).toEqual([70, 20]);
});

it("spreads those that touch around their middle, in their order, and within the picture", () => {
  expect(labelPlaces([52, 50], 10)).toEqual([56, 46]);
  expect(labelPlaces([0, 0, 0], 10)).toEqual([0, 10, 20]);
  expect(labelPlaces([100, 99], 10)).toEqual([100, 90]);
});

it("joins groups that come to touch by being spread", () => {
  expect(labelPlaces([40, 48, 50], 10)).toEqual([36, 46, 56]);
});
