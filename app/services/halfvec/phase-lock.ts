import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";
import { throwIfAborted } from "./errors.ts";

/** First key of the advisory lock on a step that only one process may do at a time ("vecs" in ASCII). */
const PHASE_LOCK = 1_986_356_083;

/**
 * Runs `work` while no other process runs a step that excludes others (expand, index, swap). A second one waits here,
 * and then finds the step done.
 *
 * The lock is asked for again and again and never waited for: a waiting statement has a snapshot, and CREATE INDEX
 * CONCURRENTLY of the other process would wait for that in turn.
 */
export async function withPhaseLock<Result>(
  client: ClientBase,
  onWait: () => void,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    throwIfAborted(signal);
    const { rows } = await client.query<{ locked: boolean }>("SELECT pg_try_advisory_lock($1, 0) AS locked", [
      PHASE_LOCK,
    ]);
    if (rows[0]?.locked) break;
    if (attempt === 1) onWait();
    await sleep(500, undefined, { signal }).catch(() => undefined);
  }
  try {
    return await work();
  } finally {
    // The lock ends with the session in any case.
    await client.query("SELECT pg_advisory_unlock($1, 0)", [PHASE_LOCK]).catch(() => undefined);
  }
}
