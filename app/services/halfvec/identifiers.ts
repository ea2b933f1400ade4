import pg from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";

/** An SQL identifier, quoted. */
export const quoted = pg.escapeIdentifier;

/** Schema and name of a table, quoted: for FROM, UPDATE and `::regclass`. */
export function qualified(table: Pick<EmbeddingTable, "schema" | "name">): string {
  return `${quoted(table.schema)}.${quoted(table.name)}`;
}

/** A tuple identifier at the start of a block, as text for `::tid`. */
export function startOfBlock(block: number): string {
  return `(${block},0)`;
}

/** A string as an SQL literal, for the few places that take no parameter. */
export const literal = pg.escapeLiteral;
