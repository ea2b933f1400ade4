import { expect, it } from "vitest";
import type { Properties } from "../content/databases.server.ts";
import { rowTitle, tableOf, valueText } from "./row-columns.ts";

const rowsOf = (said: readonly Properties[]) =>
  said.map((properties, place) => ({ id: `row ${place}`, databaseName: "Plants", properties }));

it("shows first what names a row, then what most rows have", () => {
  const table = tableOf(
    rowsOf([
      { a: 1, b: 2 },
      { b: 3, title: "x" },
      { b: 4, Name: "y" },
    ]),
  );
  expect(table).toEqual({
    columns: ["Name", "title", "b", "a"],
    more: 0,
    rows: [
      { id: "row 0", title: "1", cells: ["", "", "2", "1"] },
      { id: "row 1", title: "x", cells: ["", "x", "3", ""] },
      { id: "row 2", title: "y", cells: ["y", "", "4", ""] },
    ],
  });
});

it("shows no more columns than can be read", () => {
  const properties = Object.fromEntries(Array.from({ length: 11 }, (_, place) => [`p${place}`, place]));
  const { columns, more } = tableOf(rowsOf([properties]));
  expect([columns.length, more]).toEqual([8, 3]);
});

it("shows what a row says, not what every object has", () => {
  const said = JSON.parse('[{"constructor": "a", "__proto__": "b"}, {"name": "c"}]') as Properties[];
  expect(tableOf(rowsOf(said))).toMatchObject({
    columns: ["name", "constructor", "__proto__"],
    rows: [{ cells: ["", "a", "b"] }, { title: "c", cells: ["c", "", ""] }],
  });
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
