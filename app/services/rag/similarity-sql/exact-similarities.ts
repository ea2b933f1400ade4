import pg from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { type OriginalColumn, originalValue, typeOf } from "./embedding-column.ts";

/**
 * The nearest rows of many queries at once within a range of blocks, exactly: `$1` the query vectors (text[]), `$2` and
 * `$3` the tuple identifiers that bound the range, `$4` how many for each query. Returns the key columns,
 * `query` (position in `$1`, from 0) and `similarity`. Each vector of the range is read once and brought
 * to length 1, after which the inner product is the cosine. Rows of zeros are left out.
 */
export function nearestInRangeStatement(table: EmbeddingTable, column: OriginalColumn): string {
  const key = table.key.map(pg.escapeIdentifier).join(", ");
  const embedding = originalValue(table, column);
  const vector = `${embedding}::${typeOf("vector", table)}`;
  return `
    WITH queries AS MATERIALIZED (
      SELECT position - 1 AS query, l2_normalize(text::${typeOf("vector", table)}) AS unit
      FROM unnest($1::text[]) WITH ORDINALITY AS q(text, position)
    ), candidates AS MATERIALIZED (
      SELECT ${key}, l2_normalize(${vector}) AS unit
      FROM ${pg.escapeIdentifier(table.schema)}.${pg.escapeIdentifier(table.name)}
      WHERE ctid >= $2::tid AND ctid < $3::tid AND ${embedding} IS NOT NULL AND vector_norm(${vector}) > 0
    )
    SELECT queries.query::int, nearest.*
    FROM queries CROSS JOIN LATERAL (
      SELECT ${key}, -(candidates.unit <#> queries.unit) AS similarity
      FROM candidates ORDER BY candidates.unit <#> queries.unit LIMIT $4::int
    ) AS nearest`;
}

/**
 * The exact cosine similarity of given rows to one vector: `$1` the vector, `$2` the keys as a JSON array of objects.
 * Returns the key columns and `similarity`.
 * @param keyTypes PostgreSQL type of each key column, as `format_type` prints it.
 */
export function similaritiesStatement(
  table: EmbeddingTable,
  column: OriginalColumn,
  keyTypes: Readonly<Record<string, string>>,
): string {
  const key = table.key.map(pg.escapeIdentifier).join(", ");
  const typed = table.key.map((name) => `${pg.escapeIdentifier(name)} ${keyTypes[name]}`).join(", ");
  const embedding = originalValue(table, column);
  return `
    SELECT ${key}, 1 - (${embedding} <=> $1::${typeOf(column.type, table)}) AS similarity
    FROM jsonb_to_recordset($2::jsonb) AS wanted(${typed})
    JOIN ${pg.escapeIdentifier(table.schema)}.${pg.escapeIdentifier(table.name)} USING (${key})
    WHERE ${embedding} IS NOT NULL`;
}
