import type { ClientBase } from "pg";
import { fromSql } from "pgvector";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { originalValue } from "../../rag/similarity-sql/embedding-column.ts";
import { qualified, quoted } from "../identifiers.ts";
import type { ComparedColumns } from "./compared-columns.ts";

/** What is searched for near a row of the table. */
export interface SampledQuery {
  /** Key columns of the row, as JSON text: what identifies a row here. It is not counted among the results. */
  key: string;
  vector: number[];
}

/**
 * How much of a query is the row that it is near; the rest is another row. A question is not a row: it is further from all of them
 * than they are from each other, and an index finds less for it. Of 50,000 generated rows the compact index found 97.7 % for
 * rows, 92.4 % for such queries with more candidates, and 86.0 and 91.1 % for queries that have nothing of any row:
 * these come nearer to those, and on signs are still the easier ones.
 */
const SHARE_OF_ROW = 0.65;

/**
 * Queries between two random rows that have both values, or the one that stands in for the original: up to `count`, and one for
 * each row where the table has fewer. Rows of zeros have no direction and are left out. Reads the heap once, and the vectors
 * of the chosen rows.
 */
export async function sampleQueries(
  client: ClientBase,
  table: EmbeddingTable,
  columns: ComparedColumns,
  count: number,
): Promise<SampledQuery[]> {
  let drawn = await draw(client, table, columns, count, "");
  // Few rows, or many of them zeros: then every vector is looked at, and all that have a direction are drawn from.
  if (drawn.length < count) {
    drawn = await draw(client, table, columns, count, `AND ${normOf(table, columns.original)} > 0`);
  }
  return drawn.map(({ key, vector }, place) => {
    const other = drawn[(place + 1) % drawn.length]?.vector ?? vector;
    return { key, vector: between(vector, other) };
  });
}

/** A direction nearer to the first vector than to the other, however long they are. */
function between(vector: readonly number[], other: readonly number[]): number[] {
  const share = SHARE_OF_ROW / Math.hypot(...vector);
  const rest = (1 - SHARE_OF_ROW) / Math.hypot(...other);
  return vector.map((value, dimension) => share * value + rest * (other[dimension] ?? 0));
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
