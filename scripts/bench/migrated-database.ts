import { readFile } from "node:fs/promises";
import { EMBEDDING_TABLES, type EmbeddingTable } from "../../app/embedding-tables.ts";
import { openConnections } from "../../app/services/halfvec/connections.ts";
import { CONVERSION_DEFAULTS } from "../../app/services/halfvec/convert/options.ts";
import type { RunOptions } from "../../app/services/halfvec/migration-run.ts";
import type { PhaseName } from "../../app/services/halfvec/phases.ts";
import { runMigration, runPhase } from "../../app/services/halfvec/run.ts";
import { VERIFICATION_DEFAULTS } from "../../app/services/halfvec/verify/verify-table.ts";
import { connected } from "./connected.ts";

const OPTIONS: Omit<RunOptions, "until"> = {
  tables: EMBEDDING_TABLES,
  allTables: EMBEDDING_TABLES,
  conversion: CONVERSION_DEFAULTS,
  verification: VERIFICATION_DEFAULTS,
  reconnectSeconds: 0,
  confirmSwap: async () => true,
};
const NOBODY = () => undefined;

/** Runs the migration of all tables as far as `until`, as `npm run migrate:halfvec -- run --until … --yes` does. */
export async function migrateUntil(url: string, until: PhaseName): Promise<void> {
  const connections = await openConnections(url);
  await runMigration(connections, { ...OPTIONS, until }, NOBODY, new AbortController().signal);
}

/** Runs one step by itself, as the command of its name does. */
export async function runStep(url: string, phase: PhaseName): Promise<void> {
  const connections = await openConnections(url);
  await runPhase(connections, phase, { ...OPTIONS, until: phase }, NOBODY, new AbortController().signal);
}

/** Vacuums the tables and reads table and indexes once, so that every side is measured in memory. */
export async function settle(url: string, tables: readonly EmbeddingTable[]): Promise<void> {
  await connected(url, async (client) => {
    await client.query("CREATE EXTENSION IF NOT EXISTS pg_prewarm");
    for (const { name } of tables) {
      await client.query(`VACUUM (ANALYZE) ${name}`);
      await client.query(
        `SELECT pg_prewarm(relation) FROM (
           SELECT $1::regclass AS relation
           UNION ALL SELECT reltoastrelid FROM pg_class WHERE oid = $1::regclass
           UNION ALL SELECT indexrelid FROM pg_index WHERE indrelid = $1::regclass) AS of_table`,
        [name],
      );
    }
  });
}

/**
 * Drops the originals of a swapped database by the SQL of contract, before its time, and rewrites the tables. Not by
 * `npm run migrate:halfvec -- contract`, which also puts a file among the migrations of this working copy.
 */
export async function contractAndRewrite(url: string): Promise<void> {
  const connections = await openConnections(url);
  await runPhase(
    connections,
    "verify",
    { ...OPTIONS, until: "verify" },
    NOBODY,
    new AbortController().signal,
  );
  await connected(url, async (client) => {
    await client.query("SET halfvec_migration.contract_after_days = 0");
    await client.query(await readFile("prisma/contract/migration.sql", "utf8"));
    for (const { name } of EMBEDDING_TABLES) await client.query(`VACUUM (FULL, ANALYZE) ${name}`);
  });
}
