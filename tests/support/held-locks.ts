import { expect, onTestFinished } from "vitest";
import type { TestDatabase } from "./test.ts";

/** A transaction of another session that holds a lock. */
export interface HeldLock {
  release(): Promise<void>;
}

/** Takes a lock on a table and keeps it until it is released, the test ends or the server crashes. */
export async function holdLock(
  database: TestDatabase,
  table: string,
  mode: "ACCESS SHARE" | "ROW EXCLUSIVE" | "ACCESS EXCLUSIVE",
): Promise<HeldLock> {
  const session = await database.connect();
  await session.query("BEGIN");
  await session.query(`LOCK TABLE ${table} IN ${mode} MODE`);
  const release = async () => void (await session.query("ROLLBACK").catch(() => {}));
  onTestFinished(release);
  return { release };
}

/** Resolves once a session of the tool waits for a lock of another session. */
export async function untilToolWaits(database: TestDatabase): Promise<void> {
  const waiting = async () => {
    const [found] = await database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'migrate-halfvec%' AND wait_event_type = 'Lock'`,
    );
    return found?.count;
  };
  await expect.poll(waiting, { timeout: 60_000, interval: 20 }).toBeGreaterThan(0);
}
