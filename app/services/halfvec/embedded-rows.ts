import type { EmbeddingTable } from "../../embedding-tables.ts";
import type { TableCatalog } from "./catalog.ts";
import type { Queryable } from "./queryable.ts";

/**
 * How many rows of each table have an embedding, by the statistics of the last ANALYZE: nothing is counted. A table
 * that was never vacuumed or analyzed is left out.
 */
export async function estimateEmbeddedRows(
  db: Queryable,
  tables: readonly { readonly table: EmbeddingTable; readonly catalog: TableCatalog }[],
): Promise<ReadonlyMap<string, number>> {
  // By equality alone: that is what the view lets through to the catalog before it checks rights, row by row.
  const { rows } = await db.query<{ schema: string; name: string; column: string; empty: number }>(
    `SELECT schemaname AS schema, tablename AS name, attname AS column, null_frac::float8 AS empty FROM pg_stats
     WHERE schemaname = ANY ($1::name[]) AND tablename = ANY ($2::name[]) AND attname = ANY ($3::name[])`,
    [
      tables.map(({ table }) => table.schema),
      tables.map(({ table }) => table.name),
      tables.map(({ table }) => table.column),
    ],
  );
  const emptyShare = ({ schema, name, column }: EmbeddingTable) =>
    rows.find((row) => row.schema === schema && row.name === name && row.column === column)?.empty ?? 0;
  return new Map(
    tables
      .filter(({ catalog }) => catalog.rowEstimate > 0 || catalog.blocks === 0)
      .map(({ table, catalog }) => [table.name, Math.round(catalog.rowEstimate * (1 - emptyShare(table)))]),
  );
}
