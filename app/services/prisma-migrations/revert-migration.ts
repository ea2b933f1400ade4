import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ClientBase } from "pg";
import type { Migration } from "./migration-files.ts";
import { type MigrationLockOptions, withMigrationLock } from "./migration-lock.ts";
import { ensureRecords, rolledBackStatement } from "./migration-records.ts";
import { runScript } from "./run-script.ts";

/**
 * Undoes one migration by the `down.sql` beside it and takes its record back, so that it is pending for Prisma
 * again: both at once or neither. A `down.sql` that cannot run in a transaction (a lone DROP INDEX CONCURRENTLY)
 * must be one that can run again.
 *
 * @throws the database's error of the script, and MigrationLockError.
 */
export async function revertMigration(
  client: ClientBase,
  migration: Migration,
  options: MigrationLockOptions = {},
): Promise<void> {
  const sql = await readFile(join(dirname(migration.path), "down.sql"), "utf8");
  await withMigrationLock(client, options, async () => {
    await ensureRecords(client);
    try {
      await runScript(client, sql, rolledBackStatement(migration));
    } catch (error) {
      // The script may have opened a transaction of its own. Outside of one this is only a warning.
      await client.query("ROLLBACK").catch(() => {});
      throw error;
    }
  });
}
