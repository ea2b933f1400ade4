import type { ClientBase } from "pg";
import { fromSql } from "pgvector";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { originalValue } from "../../rag/similarity-sql/embedding-column.ts";
import { qualified, quoted } from "../identifiers.ts";
import type { ComparedColumns } from "./compared-columns.ts";

/** A row of the table whose own vector is the query. */
export interface SampledQuery {
  /** Key columns of the row, as JSON text: what identifies a row here. */
  key: string;
  vector: number[];
}

/**
 * Up to `count` random rows that have both values, or the one that stands in for the original; all of them where
 * the table has fewer. Rows of zeros have no direction and are left out. Reads the heap once, and the vectors of
 * the chosen rows.
 */
export async function sampleQueries(
  client: ClientBase,
  table: EmbeddingTable,
  columns: ComparedColumns,
  count: number,
): Promise<SampledQuery[]> {
  const drawn = await draw(client, table, columns, count, "");
  if (drawn.length === count) return drawn;
  // Few rows, or many of them zeros: then every vector is looked at, and all that have a direction are drawn from.
  return draw(client, table, columns, count, `AND ${normOf(table, columns.original)} > 0`);
}

async function draw(
  client: ClientBase,
  table: EmbeddingTable,
  { original, halfvec }: ComparedColumns,
  count: number,
  condition: string,
): Promise<SampledQuery[]> {
  const key = table.key.map(quoted).join(", ");
  const value = originalValue(table, original);
  // The stand-in is the halfvec value: where that is, there is an original, and no vector need be read to know.
  const filled = [original.fallback ?? original.name, halfvec.name].map(
    (name) => `${quoted(name)} IS NOT NULL`,
  );
  const { rows } = await client.query<Record<string, unknown> & { sampled_vector: string }>(
    `SELECT ${key}, (${value})::text AS sampled_vector
     FROM (SELECT * FROM ${qualified(table)}
           WHERE ${filled.join(" AND ")} ${condition}
           ORDER BY random() LIMIT $1) AS sampled
     WHERE ${normOf(table, original)} > 0`,
    [count],
  );
  return rows.map((row) => ({ key: keyText(table, row), vector: fromSql(row.sampled_vector) }));
}

/** The length of the original, whatever its type: 0 for a row of zeros. */
function normOf(table: EmbeddingTable, original: ComparedColumns["original"]): string {
  return `vector_norm((${originalValue(table, original)})::vector(${table.dimensions}))`;
}

/** The key of a row as text that is equal for equal keys. */
export function keyText(table: EmbeddingTable, row: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.fromEntries(table.key.map((name) => [name, row[name]])));
}
