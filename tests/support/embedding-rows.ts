import { EMBEDDING_TABLES, type EmbeddingTable } from "../../app/embedding-tables.ts";
import { seedSynthetic } from "../../app/services/synthetic/seed-synthetic.server.ts";
import type { TestDatabase } from "./test.ts";

/** Fills `table` with generated rows, the indexes built over them. */
export async function fillTable(
  database: TestDatabase,
  table: EmbeddingTable,
  rows: number,
  seed = 1,
): Promise<void> {
  const method = database.kind === "server" ? "copy" : "insert";
  await seedSynthetic(database.client, table, { rows, seed, method });
  await database.query(`VACUUM ANALYZE ${table.name}`);
}

/** Row count and a checksum of every column that the migration does not concern. */
export async function checksum(
  database: Pick<TestDatabase, "query">,
  table: EmbeddingTable,
): Promise<{ rows: number; sum: string }> {
  const columns = await database.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
       AND attname <> ALL ($2) ORDER BY attname`,
    [table.name, [table.column, table.twin, table.backup]],
  );
  const row = columns.map(({ name }) => `t.${name}`).join(", ");
  const [found] = await database.query<{ rows: number; sum: string }>(
    `SELECT count(*)::int AS rows, md5(coalesce(string_agg(md5(ROW(${row})::text), '' ORDER BY ${table.key[0]}), '')) AS sum
     FROM ${table.name} t`,
  );
  if (!found) throw new Error("no row");
  return found;
}

/** Rows of a swapped table whose halfvec value is not the cast of the original in the backup. */
export async function countDifferingFromBackup(
  database: TestDatabase,
  table: EmbeddingTable,
): Promise<number> {
  const [found] = await database.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM ${table.name}
     WHERE ${table.backup}::halfvec(${table.dimensions}) IS DISTINCT FROM ${table.column}`,
  );
  return found?.count ?? -1;
}

/** Checksums of all embedding tables. */
export async function checksums(database: Pick<TestDatabase, "query">) {
  const sums: Record<string, { rows: number; sum: string }> = {};
  for (const table of EMBEDDING_TABLES) sums[table.name] = await checksum(database, table);
  return sums;
}

/** A vector with `value` in every element, as SQL text. */
export function constantVector(dimensions: number, value: number): string {
  return `[${Array.from({ length: dimensions }, () => value).join(",")}]`;
}
