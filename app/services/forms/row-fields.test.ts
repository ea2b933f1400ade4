import { describe, expect, it } from "vitest";
import type { Properties } from "../content/databases.server.ts";
import { fieldsOfNewRow, propertiesOf, rowFields, sentFields } from "./row-fields.ts";

const PROPERTIES: Properties = {
  name: "Fern",
  height: 0.5,
  zone: "7",
  perennial: true,
  uses: ["shade", "pots"],
  origin: null,
};

function formOf(fields: readonly { name: string; value: string; kind: string }[]): FormData {
  const form = new FormData();
  for (const field of fields) for (const [part, value] of Object.entries(field)) form.append(part, value);
  return form;
}

describe("the fields of a row", () => {
  it("come back from their form as the properties they were", () => {
    expect(propertiesOf(sentFields(formOf(rowFields(PROPERTIES))))).toEqual(PROPERTIES);
  });

  it("keep names and kinds for a new row, and suggest a name for the first", () => {
    expect(fieldsOfNewRow([{ name: "Fern", height: 0.5 }])).toEqual([
      { name: "name", kind: "text", value: "" },
      { name: "height", kind: "number", value: "" },
    ]);
    expect(fieldsOfNewRow([])).toEqual([{ name: "name", kind: "text", value: "" }]);
  });

  it("keep the kind of a field that the newest row left empty", () => {
    const rows: Properties[] = [
      { height: null, perennial: null, soil: null },
      { height: 2, perennial: true },
      { height: "tall" },
    ];
    expect(fieldsOfNewRow(rows).map(({ kind }) => kind)).toEqual(["number", "json", "text"]);
  });

  it("may be left empty, whatever their kind", () => {
    const fields = fieldsOfNewRow([{ name: "Fern", height: 0.5, perennial: true }]);
    expect(propertiesOf(sentFields(formOf(fields)))).toEqual({ name: "", height: null, perennial: null });
  });

  it("leave out what was left empty, and take an unknown kind as text", () => {
    const sent = sentFields(
      formOf([
        { name: " ", value: "", kind: "number" },
        { name: " a ", value: "1", kind: "date" },
      ]),
    );
    expect(sent).toEqual([{ name: "a", value: "1", kind: "text" }]);
  });

  it("may be called like parts of every object", () => {
    const fields = [{ name: "__proto__", value: "x", kind: "text" }] as const;
    expect(Object.entries(propertiesOf(fields))).toEqual([["__proto__", "x"]]);
  });

  it.each([
    ["a value without a name", [{ name: "", value: "lost", kind: "text" }], /“lost” has no name/],
    [
      "a name that is there twice",
      [
        { name: "a", value: "1", kind: "text" },
        { name: "a", value: "2", kind: "text" },
      ],
      /two fields “a”/,
    ],
    ["a word as a number", [{ name: "a", value: "many", kind: "number" }], /“a” is no number: many/],
    ["a number that is too large", [{ name: "a", value: "1e999", kind: "number" }], /“a” is no number/],
    ["broken JSON", [{ name: "a", value: "[1", kind: "json" }], /“a” is no JSON/],
  ] as const)("are refused with %s", (_, fields, message) => {
    expect(() => propertiesOf(fields)).toThrow(message);
    expect(() => propertiesOf(fields)).toThrow(expect.objectContaining({ field: "properties" }));
  });
});
