import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { withCancellation } from "../cancellation.ts";
import { isGoingBack, readCatalog } from "../catalog.ts";
import type { Connections } from "../connections.ts";
import type { Report } from "../events.ts";
import { withoutGhosts } from "../ghosts.ts";
import { quoted } from "../identifiers.ts";
import { hasBookkeeping } from "../settings.ts";
import { backupIndexes } from "../wanted-index.ts";
import { isFlagOurs, takeFlagBack } from "./hand-over.ts";

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
    if ((await readBegun(client, tables)) === null) return;
    await withoutGhosts(client, report, signal, async () => {
      const begun = await readBegun(client, tables);
      if (begun === null) return;
      await takeFlagBack(client);
      if (!begun.goingBack && begun.indexes.length === 0) return;
      report({ event: "warning", message: "a rollback was begun and not finished: it is given up" });
      await client.query(`SET halfvec_migration.lock_timeout = ${Math.round(lockTimeoutMs)}`);
      const names = tables.map(({ name }) => name);
      await withCancellation(connections, client, signal, async () => {
        if (begun.goingBack) await client.query("SELECT halfvec_migration.cancel_swap_back($1)", [names]);
        for (const { table, name } of begun.indexes) {
          await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${quoted(table.schema)}.${quoted(name)}`);
        }
      });
    });
  });
}

/** What stands of a rollback. */
interface Begun {
  /** Whether writes fill the backup. */
  goingBack: boolean;
  /** On the backup. */
  indexes: { table: EmbeddingTable; name: string }[];
}

/** @returns null where no rollback was begun. */
async function readBegun(client: ClientBase, tables: readonly EmbeddingTable[]): Promise<Begun | null> {
  if (!(await hasBookkeeping(client))) return null;
  const begun: Begun = { goingBack: false, indexes: [] };
  for (const table of tables) {
    const catalog = await readCatalog(client, table);
    if (catalog.phase !== "swapped") continue;
    begun.goingBack ||= isGoingBack(catalog);
    const rebuilt = new Set((await backupIndexes(client, table)).map(({ name }) => name));
    // Only what a rollback builds, on the column on which it builds it. An expression has no column.
    const own = catalog.indexes.filter(
      ({ name, column }) => rebuilt.has(name) && (column === table.backup || column === null),
    );
    begun.indexes.push(...own.map(({ name }) => ({ table, name })));
  }
  return begun.goingBack || begun.indexes.length > 0 || (await isFlagOurs(client)) ? begun : null;
}
