import pg from "pg";

/** Locks are waited for in milliseconds: what ends between two looks is not seen, so this is a lower bound. */
const LOOK_EVERY_MS = 5;

/**
 * Watches how long sessions of the database wait for locks, until `stop`. Needs PostgreSQL 14, which says since when a
 * lock is waited for. The engine's own sessions are not counted: they may wait.
 */
export async function watchLockWaits(url: string): Promise<{ stop(): Promise<number> }> {
  const client = new pg.Client({ connectionString: url, application_name: "bench lock-waits" });
  await client.connect();
  let running = true;
  let longestMs = 0;
  const watching = (async () => {
    while (running) {
      const { rows } = await client.query<{ waited: number }>(
        `SELECT coalesce(max(extract(epoch FROM clock_timestamp() - l.waitstart)) * 1000, 0)::float8 AS waited
         FROM pg_locks l JOIN pg_stat_activity a USING (pid)
         WHERE NOT l.granted AND a.datname = current_database() AND a.application_name NOT LIKE 'migrate-halfvec%'`,
      );
      longestMs = Math.max(longestMs, rows[0]?.waited ?? 0);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  })();
  return {
    /** @returns the longest wait that was seen, in milliseconds. */
    async stop() {
      running = false;
      await watching;
      await client.end();
      return longestMs;
    },
  };
}
