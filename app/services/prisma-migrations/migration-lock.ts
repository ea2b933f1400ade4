import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";

/** The advisory lock under which Prisma's schema engine migrates. */
const PRISMA_LOCK = 72707369;
const POLL_MS = 100;

export interface MigrationLockOptions {
  /** How long to wait for another process that migrates. Default 30 s. */
  lockWaitMs?: number;
  /** Ends the wait, with its reason. */
  signal?: AbortSignal;
}

/** Another process held Prisma's migration lock for longer than we were told to wait. */
export class MigrationLockError extends Error {
  override readonly name = "MigrationLockError";
}

/**
 * Does something under Prisma's own lock, so that neither `prisma migrate deploy` nor another of us migrates
 * meanwhile. The client must be a session of its own, outside a transaction.
 *
 * The lock is polled for. A waiting `pg_advisory_lock` is a statement with a snapshot, and a
 * `CREATE INDEX CONCURRENTLY` of the process that has the lock waits for all older snapshots to go: the two
 * would wait for each other.
 *
 * On the embedded database the lock keeps nobody out: all its connections are one session.
 */
export async function withMigrationLock<T>(
  client: ClientBase,
  { lockWaitMs = 30_000, signal }: MigrationLockOptions,
  action: () => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + lockWaitMs;
  for (;;) {
    signal?.throwIfAborted();
    if (await tryLock(client)) break;
    if (Date.now() > deadline) {
      throw new MigrationLockError(
        `Another process has held Prisma's migration lock for ${lockWaitMs / 1000} s: wait for it, or end it`,
      );
    }
    await sleep(POLL_MS);
  }
  try {
    return await action();
  } finally {
    // Where this fails the connection is gone, and the lock with it.
    await client.query("SELECT pg_advisory_unlock($1)", [PRISMA_LOCK]).catch(() => {});
  }
}

async function tryLock(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query("SELECT pg_try_advisory_lock($1) AS locked", [PRISMA_LOCK]);
  return rows[0].locked;
}
