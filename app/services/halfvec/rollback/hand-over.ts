import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";
import { inTransaction } from "../transaction.ts";

/** Who set the flag, as the settings say it: a decision of a person is never taken back. */
const BY_ROLLBACK = "npm run migrate:halfvec -- rollback";
/** Where a person's own decision waits meanwhile. */
const BEFORE = "vector_column_before_rollback";

/**
 * Asks the apps to send their vectors as `vector`, by the flag `vector_column`. A halfvec column takes them as well, and
 * searches them by its index; so a search that is planned before the columns change places is right after it. Says
 * nothing new where the flag is `vector` already.
 */
export async function askForVectors(client: ClientBase): Promise<void> {
  await inTransaction(client, async () => {
    const { rowCount } = await client.query(
      "SELECT FROM halfvec_migration.settings WHERE name = 'vector_column' AND value <> '\"vector\"' FOR UPDATE",
    );
    if (rowCount !== 0) {
      await client.query("DELETE FROM halfvec_migration.settings WHERE name = $1", [BEFORE]);
      await client.query("UPDATE halfvec_migration.settings SET name = $1 WHERE name = 'vector_column'", [
        BEFORE,
      ]);
    }
    await client.query(
      `INSERT INTO halfvec_migration.settings (name, value, updated_by) VALUES ('vector_column', '"vector"', $1)
       ON CONFLICT (name) DO NOTHING`,
      [BY_ROLLBACK],
    );
  });
}

/** Waits until the flag has been there for `ms`: every app has read it since. */
export async function untilAppsHaveHeard(client: ClientBase, ms: number, signal: AbortSignal): Promise<void> {
  const { rows } = await client.query<{ age_ms: number }>(
    `SELECT (extract(epoch FROM clock_timestamp() - updated_at) * 1000)::float8 AS age_ms
     FROM halfvec_migration.settings WHERE name = 'vector_column'`,
  );
  const left = ms - (rows[0]?.age_ms ?? 0);
  if (left > 0) await sleep(left, undefined, { signal }).catch(() => undefined);
}

/** Whether the flag is one that a rollback set. */
export async function isFlagOurs(client: ClientBase): Promise<boolean> {
  const { rowCount } = await client.query(
    "SELECT FROM halfvec_migration.settings WHERE name = 'vector_column' AND updated_by = $1",
    [BY_ROLLBACK],
  );
  return (rowCount ?? 0) > 0;
}

/** Takes the flag back that a rollback set, and puts what a person had decided in its place. */
export async function takeFlagBack(client: ClientBase): Promise<void> {
  await inTransaction(client, async () => {
    const { rowCount } = await client.query(
      "DELETE FROM halfvec_migration.settings WHERE name = 'vector_column' AND updated_by = $1",
      [BY_ROLLBACK],
    );
    if (rowCount === 0) return;
    await client.query("UPDATE halfvec_migration.settings SET name = 'vector_column' WHERE name = $1", [
      BEFORE,
    ]);
  });
}
