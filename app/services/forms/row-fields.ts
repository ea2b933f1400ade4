import { ContentError } from "../content/content-error.ts";
import type { Properties, PropertyValue } from "../content/databases.server.ts";

/** How the text of a property is understood. `json` is for what is neither a text nor a number. */
export const PROPERTY_KINDS = ["text", "number", "json"] as const;
export type PropertyKind = (typeof PROPERTY_KINDS)[number];

/** A property as the form of a row shows it. */
export interface RowField {
  readonly name: string;
  readonly value: string;
  readonly kind: PropertyKind;
}

/** The fields of a row's properties. */
export function rowFields(properties: Properties): RowField[] {
  return Object.entries(properties).map(([name, value]) => ({ name, ...written(value) }));
}

function written(value: PropertyValue): Pick<RowField, "value" | "kind"> {
  if (typeof value === "string") return { value, kind: "text" };
  if (typeof value === "number") return { value: String(value), kind: "number" };
  return { value: JSON.stringify(value), kind: "json" };
}

/**
 * The fields of a row that is to be like those there are: the names of the newest, each with the kind that it had when
 * it had a value last, without values.
 * @param rows the newest first; none: then a name is suggested
 */
export function fieldsOfNewRow(rows: readonly Properties[]): RowField[] {
  const [newest] = rows;
  if (newest === undefined) return [{ name: "name", value: "", kind: "text" }];
  return Object.keys(newest).map((name) => {
    const last = rows.find((row) => Object.hasOwn(row, name) && row[name] !== null);
    return { name, kind: last === undefined ? "text" : written(last[name] ?? null).kind, value: "" };
  });
}

/** The fields that a form sends, in its order; without those that were left empty. */
export function sentFields(form: FormData): RowField[] {
  const [names, values, kinds] = ["name", "value", "kind"].map((part) => form.getAll(part).map(String));
  return (names ?? [])
    .map((name, place) => ({
      name: name.trim(),
      value: values?.[place] ?? "",
      kind: PROPERTY_KINDS.find((known) => known === kinds?.[place]) ?? "text",
    }))
    .filter(({ name, value }) => name !== "" || value.trim() !== "");
}

/** What the form of a row sends. */
export function rowForm(form: FormData): { fields: RowField[] } {
  return { fields: sentFields(form) };
}

/**
 * What the fields of a form say. A number or JSON that was left empty is null: not every row has a value for all.
 * @throws {ContentError} with field `properties`, where a field has no name, a name twice, or no value of its kind
 */
export function propertiesOf(fields: readonly RowField[]): Properties {
  const properties = new Map<string, PropertyValue>();
  for (const { name, value, kind } of fields) {
    if (name === "") throw new ContentError("properties", `The value “${value}” has no name. Give it one.`);
    if (properties.has(name)) {
      throw new ContentError("properties", `There are two fields “${name}”. Give one of them another name.`);
    }
    properties.set(name, read(name, value, kind));
  }
  return Object.fromEntries(properties);
}

function read(name: string, value: string, kind: PropertyKind): PropertyValue {
  if (kind === "text") return value;
  if (value.trim() === "") return null;
  if (kind === "number") {
    const number = Number(value.trim());
    if (Number.isFinite(number)) return number;
    throw new ContentError("properties", `“${name}” is no number: ${value}. Write it as 12 or 0.5.`);
  }
  try {
    return JSON.parse(value) as PropertyValue;
  } catch {
    throw new ContentError("properties", `“${name}” is no JSON. Lists look like ["one", "two"].`);
  }
}
