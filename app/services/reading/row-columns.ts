import type { DatabaseRowView, Properties, PropertyValue } from "../content/databases.server.ts";

/** With more columns than this a table cannot be read; the rest is in the rows' own views. */
const MOST_COLUMNS = 8;

/** Columns whose value names a row, the best first. */
const NAMING = ["name", "title"];

/** Rows as a table shows them. Names of properties are values in it, never keys: one may be called `__proto__`. */
export interface RowTable {
  /** Names of properties. The first one leads to the row. */
  readonly columns: readonly string[];
  /** How many properties the rows have besides. */
  readonly more: number;
  readonly rows: readonly TableRow[];
}

export interface TableRow {
  readonly id: string;
  readonly title: string;
  /** What it says, a text for each column. */
  readonly cells: readonly string[];
}

/** A table of rows: what names them first, then the properties that most of them have. */
export function tableOf(
  rows: readonly Pick<DatabaseRowView, "id" | "databaseName" | "properties">[],
): RowTable {
  const counts = new Map<string, number>();
  for (const { properties } of rows) {
    for (const name of Object.keys(properties)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const names = [...counts.keys()].sort(
    (a, b) => rank(a) - rank(b) || (counts.get(b) ?? 0) - (counts.get(a) ?? 0),
  );
  const columns = names.slice(0, MOST_COLUMNS);
  return {
    columns,
    more: names.length - columns.length,
    rows: rows.map(({ id, databaseName, properties }) => {
      const values = new Map(Object.entries(properties));
      const cells = columns.map((name) => valueText(values.get(name) ?? null));
      return { id, title: cells[0]?.trim() || rowTitle(properties, databaseName), cells };
    }),
  };
}

/** What a row is called: its name or title, else the first thing it says, else that it is a row of its database. */
export function rowTitle(properties: Properties, databaseName: string): string {
  const named = Object.keys(properties).sort((a, b) => rank(a) - rank(b));
  const first = named.map((name) => valueText(properties[name] ?? null)).find((text) => text.trim() !== "");
  return first ?? `Row of ${databaseName}`;
}

/** A value as people read it: lists with commas, other objects as JSON. */
export function valueText(value: PropertyValue): string {
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "object") return String(value);
  if (isList(value)) return value.map(valueText).join(", ");
  return JSON.stringify(value);
}

function isList(value: PropertyValue & object): value is readonly PropertyValue[] {
  return Array.isArray(value);
}

function rank(name: string): number {
  const place = NAMING.indexOf(name.toLowerCase());
  return place < 0 ? NAMING.length : place;
}
