import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";
import type { Connections } from "./connections.ts";
import { RefusedError, throwIfAborted } from "./errors.ts";
import type { Report } from "./events.ts";

/** Two advisory locks ("turn" in ASCII, and a number): who works forward shares the first, who goes back has it alone. */
const TURN = 1_953_854_062;
const WORK = 0;
/** Held by who wants to have the turn alone, from before it has it: those at work see it and end. */
const WISH = 1;

const LOOK_EVERY_MS = 500;

const REFUSAL =
  "a rollback or contract is under way in another process, or waits for its turn. Let it end, then look: npm run migrate:halfvec -- status";

/**
 * Runs a forward step (expand, convert, index, verify, swap) while no rollback or contract is under way. Many may run
 * at once. When one of those wants its turn, `signal` of the work is aborted: it ends after the transaction at hand.
 *
 * Locks of a session, so that nothing is left behind by a process that is killed.
 * @throws RefusedError where a rollback or contract has the turn, or asks for it.
 */
export async function takingTurns<Result>(
  connections: Connections,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  return connections.use("turn", async (client) => {
    if ((await isWished(client)) || !(await tryLock(client, "pg_try_advisory_lock_shared", WORK))) {
      throw new RefusedError(REFUSAL);
    }
    const asked = new AbortController();
    const done = new AbortController();
    const watching = watchForWish(client, asked, done.signal);
    try {
      return await work(AbortSignal.any([signal, asked.signal]));
    } finally {
      done.abort();
      await watching;
    }
  });
}

/**
 * Runs `work` (a rollback, contract) while nothing else of this tool works on the database. Those at work are asked to
 * end, and waited for.
 * @throws RefusedError where another rollback or contract is under way. InterruptedError when `signal` is aborted.
 */
export async function havingTurnAlone<Result>(
  connections: Connections,
  report: Report,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  return connections.use("turn", async (client) => {
    if (!(await tryLock(client, "pg_try_advisory_lock", WISH))) throw new RefusedError(REFUSAL);
    for (let told = false; !(await tryLock(client, "pg_try_advisory_lock", WORK)); told = true) {
      throwIfAborted(signal);
      if (!told) {
        report({ event: "waiting", table: "all", reason: "another process is at work; it is asked to stop" });
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
    return work();
  });
}

async function watchForWish(client: ClientBase, asked: AbortController, done: AbortSignal): Promise<void> {
  while (!done.aborted && !asked.signal.aborted) {
    await sleep(LOOK_EVERY_MS, undefined, { signal: done }).catch(() => undefined);
    if (done.aborted) return;
    // A lost connection is noticed by the work itself, on its own.
    if (await isWished(client).catch(() => false)) asked.abort(new RefusedError(REFUSAL));
  }
}

async function tryLock(client: ClientBase, take: string, which: number): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(`SELECT ${take}($1, $2) AS locked`, [TURN, which]);
  return rows[0]?.locked ?? false;
}

/** Whether another session holds the wish. Our own would be the trace of a client before us (PGlite). */
async function isWished(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ wished: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_locks
                    WHERE locktype = 'advisory' AND objsubid = 2 AND granted AND pid <> pg_backend_pid()
                      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                      AND classid::bigint = $1 AND objid::bigint = $2) AS wished`,
    [TURN, WISH],
  );
  return rows[0]?.wished ?? false;
}
