import pg from "pg";
import { EMBEDDING_TABLES, type EmbeddingTable } from "../../app/embedding-tables.ts";
import { openConnections } from "../../app/services/halfvec/connections.ts";
import { CONVERSION_DEFAULTS } from "../../app/services/halfvec/convert/options.ts";
import type { Report } from "../../app/services/halfvec/events.ts";
import type { PhaseName } from "../../app/services/halfvec/phases.ts";
import { runMigration } from "../../app/services/halfvec/run.ts";
import { VERIFICATION_DEFAULTS } from "../../app/services/halfvec/verify/verify-table.ts";

/** Runs the migration of all tables as far as `until`, as `npm run migrate:halfvec -- run --until … --yes` does. */
export async function migrateUntil(
  url: string,
  until: PhaseName,
  report: Report = () => undefined,
): Promise<void> {
  const connections = await openConnections(url);
  await runMigration(
    connections,
    {
      tables: EMBEDDING_TABLES,
      allTables: EMBEDDING_TABLES,
      until,
      conversion: CONVERSION_DEFAULTS,
      verification: VERIFICATION_DEFAULTS,
      reconnectSeconds: 0,
      confirmSwap: async () => true,
    },
    report,
    new AbortController().signal,
  );
}

/** Vacuums the tables and reads table and indexes once, so that every side is measured in memory. */
export async function settle(url: string, tables: readonly EmbeddingTable[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
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
  } finally {
    await client.end();
  }
}
