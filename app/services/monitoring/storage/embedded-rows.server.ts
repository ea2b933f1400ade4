import type { Queryable } from "../../halfvec/queryable.ts";
import type { LookedAtTable } from "../snapshot/shared-look.server.ts";

/**
 * How many rows of each table have an embedding, by the statistics of the last ANALYZE: nothing is counted. A table
 * that was never vacuumed or analyzed is left out.
 */
export async function estimateEmbeddedRows(
  db: Queryable,
  tables: readonly LookedAtTable[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.query<{ name: string; empty: number }>(
    `SELECT t.name, coalesce(s.null_frac, 0)::float8 AS empty
     FROM unnest($1::text[], $2::text[], $3::text[]) AS t (schema, name, "column")
     LEFT JOIN pg_stats s ON s.schemaname = t.schema AND s.tablename = t.name AND s.attname = t."column"`,
    [
      tables.map(({ table }) => table.schema),
      tables.map(({ table }) => table.name),
      tables.map(({ table }) => table.column),
    ],
  );
  const empty = new Map(rows.map((row) => [row.name, row.empty]));
  return new Map(
    tables
      .filter(({ catalog }) => catalog.rowEstimate > 0 || catalog.blocks === 0)
      .map(({ table, catalog }) => [
        table.name,
        Math.round(catalog.rowEstimate * (1 - (empty.get(table.name) ?? 0))),
      ]),
  );
}
