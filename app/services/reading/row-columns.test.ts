import { expect, it } from "vitest";
import type { Properties } from "../content/databases.server.ts";
import { columnsOf, rowTitle, valueText } from "./row-columns.ts";

it("shows first what names a row, then what most rows have", () => {
  const said: Properties[] = [
    { a: 1, b: 2 },
    { b: 3, title: "x" },
    { b: 4, Name: "y" },
  ];
  const rows = said.map((properties) => ({ properties }));
  expect(columnsOf(rows)).toEqual({ columns: ["Name", "title", "b", "a"], more: [] });
});

it("shows no more columns than can be read", () => {
  const properties = Object.fromEntries(Array.from({ length: 11 }, (_, place) => [`p${place}`, place]));
  const { columns, more } = columnsOf([{ properties }]);
  expect([columns.length, more]).toEqual([8, ["p8", "p9", "p10"]]);
});

it("calls a row by its name, else by the first thing it says, else by its database", () => {
  expect(rowTitle({ a: "first", title: "The title" }, "Plants")).toBe("The title");
  expect(rowTitle({ name: " ", a: null, b: 7 }, "Plants")).toBe("7");
  expect(rowTitle({}, "Plants")).toBe("Row of Plants");
});

it("writes values as people read them", () => {
  expect([true, null, 1.5, ["a", ["b", 2]], { a: [1] }].map(valueText)).toEqual([
    "yes",
    "",
    "1.5",
    "a, b, 2",
    '{"a":[1]}',
  ]);
});
