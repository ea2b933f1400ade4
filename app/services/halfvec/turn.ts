import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";
import type { Connections } from "./connections.ts";
import { RefusedError, throwIfAborted } from "./errors.ts";
import type { Report } from "./events.ts";
import { withoutGhosts } from "./ghosts.ts";
import type { Queryable } from "./queryable.ts";
import { type ReconnectionOptions, withReconnection } from "./reconnection.ts";

/** Two advisory locks ("turn" in ASCII, and a number): who works forward shares the first, who goes back has it alone. */
const TURN = 1_953_854_062;
const WORK = 0;
/** Held by who wants to have the turn alone, from before it has it: those at work see it and end. */
const WISH = 1;

const LOOK_EVERY_MS = 500;
/** How long a server may take to notice that a session of ours is gone, and with it its locks. */
const GHOST_MS = 60_000;

const REFUSAL =
  "a rollback or contract is under way in another process, or waits for its turn. Let it end, then look: npm run migrate:halfvec -- status";

/** `forward`: a step of the migration is at work; `alone`: a rollback or contract. */
export type Turn = "forward" | "alone";

/** Who has the turn now, in whichever process; null where nobody works on the database. Reads the locks of the server. */
export async function readTurn(client: Queryable): Promise<Turn | null> {
  const { rows } = await client.query<{ turn: Turn }>(
    `SELECT CASE mode WHEN 'ExclusiveLock' THEN 'alone' ELSE 'forward' END AS turn FROM pg_locks
     WHERE locktype = 'advisory' AND objsubid = 2 AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND classid::bigint = $1 AND objid::bigint = $2
     ORDER BY turn LIMIT 1`,
    [TURN, WORK],
  );
  return rows[0]?.turn ?? null;
}

/**
 * Runs a forward step (expand, convert, index, verify, swap) while no rollback or contract is under way. Many may run
 * at once. When one of those wants its turn, or the lock is lost with its connection, `signal` of the work is aborted:
 * it ends after the transaction at hand.
 *
 * Locks of a session, so that nothing is left behind by a process that is killed. Begun anew where the connection was
 * lost in the middle of it.
 * @throws RefusedError where a rollback or contract has the turn, or asks for it.
 */
export async function takingTurns<Result>(
  connections: Connections,
  reconnection: ReconnectionOptions,
  report: Report,
  signal: AbortSignal,
  work: (report: Report, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  return withReconnection(connections, reconnection, report, signal, (heard) =>
    connections.use("turn", async (client) => {
      if ((await isWished(client)) || !(await tryLock(client, "pg_try_advisory_lock_shared", WORK))) {
        throw new RefusedError(REFUSAL);
      }
      const asked = new AbortController();
      const done = new AbortController();
      const watching = watchForWish(client, asked, done.signal);
      try {
        return await work(heard, AbortSignal.any([signal, asked.signal]));
      } finally {
        done.abort();
        await watching;
      }
    }),
  );
}

/**
 * Runs `work` (a rollback, contract) while nothing else of this tool works on the database. Those at work are asked to
 * end, and waited for. Begun anew where the connection was lost in the middle of it.
 * @throws RefusedError where another rollback or contract is under way. InterruptedError when `signal` is aborted.
 */
export async function havingTurnAlone<Result>(
  connections: Connections,
  reconnection: ReconnectionOptions,
  report: Report,
  signal: AbortSignal,
  work: (report: Report, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  let patienceMs = 0;
  return withReconnection(connections, reconnection, report, signal, (heard) => {
    const alone = withTurn(connections, heard, signal, patienceMs, (turn) => work(heard, turn));
    patienceMs = GHOST_MS;
    return alone;
  });
}

async function withTurn<Result>(
  connections: Connections,
  report: Report,
  signal: AbortSignal,
  patienceMs: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  return connections.use("turn", async (client) => {
    const began = performance.now();
    while (!(await tryLock(client, "pg_try_advisory_lock", WISH))) {
      throwIfAborted(signal);
      if (performance.now() - began >= patienceMs) throw new RefusedError(REFUSAL);
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
    for (let told = false; !(await tryLock(client, "pg_try_advisory_lock", WORK)); told = true) {
      throwIfAborted(signal);
      if (!told) {
        report({ event: "waiting", table: "all", reason: "another process is at work; it is asked to stop" });
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
    await withoutGhosts(client, report, signal, async () => undefined);
    const lost = new AbortController();
    const done = new AbortController();
    const watching = watchForLoss(client, lost, done.signal);
    try {
      return await work(AbortSignal.any([signal, lost.signal]));
    } finally {
      done.abort();
      await watching;
    }
  });
}

/** The lock ends with its session. Then another process may begin, and this one must not go on. */
async function watchForLoss(client: ClientBase, lost: AbortController, done: AbortSignal): Promise<void> {
  while (!done.aborted && !lost.signal.aborted) {
    await sleep(LOOK_EVERY_MS, undefined, { signal: done }).catch(() => undefined);
    if (!done.aborted) await client.query("SELECT 1").catch((error: unknown) => lost.abort(error));
  }
}

async function watchForWish(client: ClientBase, asked: AbortController, done: AbortSignal): Promise<void> {
  while (!done.aborted && !asked.signal.aborted) {
    await sleep(LOOK_EVERY_MS, undefined, { signal: done }).catch(() => undefined);
    if (done.aborted) return;
    try {
      if (await isWished(client)) asked.abort(new RefusedError(REFUSAL));
    } catch (error) {
      asked.abort(error);
    }
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
