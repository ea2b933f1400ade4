import pg from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";

/** The column to search and its type: the vector in the request is cast to the type, so that the index serves it. */
export interface SearchedColumn {
  readonly name: string;
  readonly type: "vector" | "halfvec";
}

/** A column whose values are the truth. Where a row has none, the value of `fallback` stands in. */
export interface OriginalColumn extends SearchedColumn {
  readonly fallback?: string;
}

/** The only names that go into a text as they are: checked, whatever the description of a table says. */
export function typeOf(type: string, { name, dimensions }: EmbeddingTable): string {
  if ((type === "vector" || type === "halfvec") && Number.isInteger(dimensions))
    return `${type}(${dimensions})`;
  throw new TypeError(`${name} is described with the type ${type} of ${dimensions} dimensions: no such type`);
}

/** A column of the table that a statement calls `e`. */
export function columnOf(name: string): string {
  return `e.${pg.escapeIdentifier(name)}`;
}

/** The value of the column, or what stands in for it, as an SQL expression over unqualified columns. */
export function originalValue(table: EmbeddingTable, { name, type, fallback }: OriginalColumn): string {
  if (fallback === undefined) return pg.escapeIdentifier(name);
  return `coalesce(${pg.escapeIdentifier(name)}, ${pg.escapeIdentifier(fallback)}::${typeOf(type, table)})`;
}
