import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { withCancellation } from "../cancellation.ts";
import type { Connections } from "../connections.ts";
import { sqlState, throwIfAborted } from "../errors.ts";
import type { Report } from "../events.ts";

/** SQLSTATE of a lock that was not there in time. */
export const LOCK_NOT_AVAILABLE = "55P03";
const LOCK_ATTEMPTS = 10;

/**
 * Runs a statement that locks a whole table. The lock is asked for with a time-out, given up, and asked for again, so that
 * nobody waits behind the request for longer.
 * @throws the error of the last attempt where others hold the table all the time.
 */
export async function runLocking(
  connections: Connections,
  client: ClientBase,
  table: EmbeddingTable,
  statement: string,
  lockTimeoutMs: number,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  await client.query(`SET lock_timeout = ${Math.round(lockTimeoutMs)}`);
  for (let attempt = 1; ; attempt++) {
    throwIfAborted(signal);
    try {
      await withCancellation(connections, client, signal, () => client.query(statement));
      return;
    } catch (error) {
      if (sqlState(error) !== LOCK_NOT_AVAILABLE || attempt === LOCK_ATTEMPTS) throw error;
      report({ event: "waiting", table: table.name, reason: "another session holds the table" });
      await sleep(Math.min(5000, 200 * 2 ** attempt), undefined, { signal }).catch(() => undefined);
    }
  }
}
