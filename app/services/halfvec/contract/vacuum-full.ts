import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { withCancellation } from "../cancellation.ts";
import type { Connections } from "../connections.ts";
import { sqlState } from "../errors.ts";
import type { Report } from "../events.ts";
import { qualified } from "../identifiers.ts";
import { LOCK_NOT_AVAILABLE, runLocking } from "./run-locking.ts";

/**
 * Rewrites the table by VACUUM (FULL). Its lock is asked for with a time-out and given up and asked for again; once it is
 * held, everybody else waits until the table is rewritten.
 */
export async function vacuumFull(
  connections: Connections,
  table: EmbeddingTable,
  lockTimeoutMs: number,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  await connections.use("vacuum full", async (client) => {
    const statement = `VACUUM (FULL) ${qualified(table)}`;
    await runLocking(connections, client, table, statement, lockTimeoutMs, report, signal);
    // By itself: were it part of the rewrite, a lock that it does not get would have the table rewritten again.
    await withCancellation(connections, client, signal, () =>
      client.query(`ANALYZE ${qualified(table)}`),
    ).catch((error: unknown) => {
      if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
      const message = `${table.name} is rewritten, but another session holds it, so that its statistics were not renewed. Autovacuum will do it, or run: ANALYZE ${qualified(table)}`;
      report({ event: "warning", table: table.name, message });
    });
  });
}
