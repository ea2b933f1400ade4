import type { EmbeddingTable } from "../../app/embedding-tables.ts";
import type { TestDatabase } from "./test.ts";

/** What the bookkeeping says about the conversion of `table`. */
export interface ConversionRecord {
  converted: number;
  total: number;
  passes: number;
  finished: boolean;
  /** Ranges that stand as claimed, whether their worker lives or not. */
  claims: number;
}

export async function conversionRecord(
  database: TestDatabase,
  table: EmbeddingTable,
): Promise<ConversionRecord> {
  const [record] = await database.query<ConversionRecord & Record<string, unknown>>(
    `SELECT rows_converted::int AS converted, rows_total::int AS total, passes, finished_at IS NOT NULL AS finished,
            (SELECT count(*)::int FROM halfvec_migration.claims k WHERE k.table_name = c.table_name) AS claims
     FROM halfvec_migration.conversions c WHERE table_name = $1`,
    [table.name],
  );
  if (!record) throw new Error(`no conversion of ${table.name} is on record`);
  return record;
}

/** Rows that have an embedding and no twin, from the rows themselves. */
export async function countUnconvertedRows(database: TestDatabase, table: EmbeddingTable): Promise<number> {
  const [found] = await database.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM ${table.name} WHERE ${table.column} IS NOT NULL AND ${table.twin} IS NULL`,
  );
  return found?.count ?? -1;
}

/** How many times each migration took effect; more than one entry of a name is a migration that ran twice. */
export async function appliedMigrations(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    `SELECT migration_name AS name FROM _prisma_migrations
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name`,
  );
  return rows.map(({ name }) => name.replace(/^\d+_/, ""));
}

/** A checksum of the stored bytes of the `vector` values in `column`, in the order of the key. */
export async function checksumOfVectors(
  database: TestDatabase,
  table: EmbeddingTable,
  column: string,
  ids?: readonly string[],
): Promise<string> {
  const [found] = await database.query<{ sum: string }>(
    `SELECT md5(string_agg(coalesce(md5(vector_send(${column})), 'null'), '' ORDER BY id)) AS sum
     FROM ${table.name} WHERE $1::uuid[] IS NULL OR id = ANY ($1)`,
    [ids ?? null],
  );
  if (!found?.sum) throw new Error(`${table.name} has none of these rows`);
  return found.sum;
}
