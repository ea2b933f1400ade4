import pg from "pg";
import { expect, onTestFinished } from "vitest";
import type { TestDatabase } from "./test.ts";

/** A streaming standby of the test server, which can be made to stand still. */
export interface Standby {
  /** It goes on receiving and stops replaying. */
  standStill(): Promise<void>;
  goOn(): Promise<void>;
  /** Resolves when it has replayed what the primary has written by now. */
  caughtUp(database: TestDatabase): Promise<void>;
}

/** The standby of `TEST_STANDBY_URL`, for a test with the tag "standby". It goes on when the test ends. */
export async function openStandby(): Promise<Standby> {
  const client = new pg.Client({ connectionString: process.env.TEST_STANDBY_URL });
  await client.connect();
  const goOn = async () => void (await client.query("SELECT pg_wal_replay_resume()"));
  onTestFinished(async () => {
    await goOn();
    await client.end();
  });
  return {
    goOn,
    standStill: async () => {
      await client.query("SELECT pg_wal_replay_pause()");
      const state = async () =>
        (await client.query<{ state: string }>("SELECT pg_get_wal_replay_pause_state() AS state")).rows[0]
          ?.state;
      await expect.poll(state, { timeout: 20_000 }).toBe("paused");
    },
    caughtUp: async (database) => {
      const [written] = await database.query<{ lsn: string }>("SELECT pg_current_wal_lsn()::text AS lsn");
      const there = async () => {
        const { rows } = await client.query<{ there: boolean }>(
          "SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS there",
          [written?.lsn],
        );
        return rows[0]?.there;
      };
      await expect.poll(there, { timeout: 30_000 }).toBe(true);
    },
  };
}
