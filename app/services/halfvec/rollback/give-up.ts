import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { withCancellation } from "../cancellation.ts";
import { isGoingBack, readCatalog } from "../catalog.ts";
import type { Connections } from "../connections.ts";
import type { Report } from "../events.ts";
import { quoted } from "../identifiers.ts";
import { hasBookkeeping } from "../settings.ts";
import { backupIndexes } from "../wanted-index.ts";
import { takeFlagBack } from "./hand-over.ts";

/**
 * Takes back what a rollback that was left unfinished has begun, for a run that goes forward: the flag of the app, and
 * on a swapped database the trigger that fills the backup and the indexes on it, which every write would go on
 * paying for. Does nothing where there is none. Backups that were filled stay: they are equal to what the app reads.
 */
export async function giveUpRollback(
  connections: Connections,
  tables: readonly EmbeddingTable[],
  lockTimeoutMs: number,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  await connections.use("rollback", async (client) => {
    if (!(await hasBookkeeping(client))) return;
    await takeFlagBack(client);
    const catalogs = new Map<EmbeddingTable, Awaited<ReturnType<typeof readCatalog>>>();
    for (const table of tables) catalogs.set(table, await readCatalog(client, table));
    const onBackup: { table: EmbeddingTable; name: string }[] = [];
    for (const [table, { phase, indexes }] of catalogs) {
      if (phase !== "swapped") continue;
      const rebuilt = new Set((await backupIndexes(client, table)).map(({ name }) => name));
      const begun = indexes.filter(({ name, column }) => column === table.backup || rebuilt.has(name));
      onBackup.push(...begun.map(({ name }) => ({ table, name })));
    }
    const goingBack = [...catalogs.values()].some(isGoingBack);
    if (!goingBack && onBackup.length === 0) return;
    report({ event: "warning", message: "a rollback was begun and not finished: it is given up" });
    await client.query(`SET halfvec_migration.lock_timeout = ${Math.round(lockTimeoutMs)}`);
    if (goingBack) {
      await withCancellation(connections, client, signal, () =>
        client.query("SELECT halfvec_migration.cancel_swap_back($1)", [tables.map(({ name }) => name)]),
      );
    }
    for (const { table, name } of onBackup) {
      await withCancellation(connections, client, signal, () =>
        client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${quoted(table.schema)}.${quoted(name)}`),
      );
    }
  });
}
