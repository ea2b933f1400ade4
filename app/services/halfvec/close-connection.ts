import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";

/** How long to wait for a connection to close: where the network is gone it would take a quarter of an hour. */
const CLOSE_MS = 2000;

/** Ends the session, and where the server does not answer, the connection without it. */
export async function closeConnection(client: pg.Client): Promise<void> {
  const waiting = new AbortController();
  await Promise.race([
    client.end().catch(() => undefined),
    sleep(CLOSE_MS, undefined, { signal: waiting.signal }).catch(() => undefined),
  ]);
  waiting.abort();
  client.connection.stream.destroy();
}
