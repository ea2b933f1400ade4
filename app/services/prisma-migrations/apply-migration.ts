import type { ClientBase } from "pg";
import pg from "pg";
import { findMigration, type Migration, readMigrations } from "./migration-files.ts";
import { type MigrationLockOptions, withMigrationLock } from "./migration-lock.ts";
import {
  ensureRecords,
  finishStatement,
  migrationStates,
  recordAsStarted,
  recordFailure,
} from "./migration-records.ts";
import { runScript } from "./run-script.ts";

export type ApplyOptions = MigrationLockOptions;

export interface DeployOptions extends ApplyOptions {
  /** The last migration to apply, by its name or by the part after its timestamp. Default: all. */
  through?: string;
  /** Default: the project's `prisma/migrations`. */
  dir?: string;
  onApplied?: (migration: Migration) => void;
}

/**
 * Applies one migration and records it, as `prisma migrate deploy` would. An attempt that failed before is
 * settled as `prisma migrate resolve --rolled-back` would. Does nothing when the migration is applied already,
 * also when another process applied it while this one waited.
 *
 * The file and the note of its success are one simple query, hence one transaction: killed at any moment, the
 * migration is either applied and recorded or neither. Only a statement that cannot run in a transaction
 * (a lone CREATE INDEX CONCURRENTLY) is sent by itself; such a migration must be one that can run again.
 *
 * Throws the database's error of the migration, after storing it in `_prisma_migrations.logs`, and
 * {@link MigrationLockError}.
 *
 * @returns whether it was applied by this call.
 */
export function applyMigration(
  client: ClientBase,
  migration: Migration,
  options: ApplyOptions = {},
): Promise<boolean> {
  return withMigrationLock(client, options, async () => {
    await ensureRecords(client);
    const [state] = await migrationStates(client, [migration]);
    if (state?.status === "applied") return false;
    const id = await recordAsStarted(client, migration);
    try {
      await runScript(client, migration.sql, finishStatement(id));
    } catch (error) {
      // The file may have opened a transaction of its own. Outside of one this is only a warning.
      await client.query("ROLLBACK").catch(() => {});
      await recordFailure(client, id, describe(error)).catch(() => {});
      throw error;
    }
    return true;
  });
}

/**
 * Applies the migrations that are not applied yet, in order, up to and including `through`.
 *
 * Throws as {@link applyMigration} does; with an unknown name, an error that lists the known ones.
 *
 * @returns those that this call applied.
 */
export async function deployThrough(client: ClientBase, options: DeployOptions = {}): Promise<Migration[]> {
  const { through, dir, onApplied } = options;
  const all = await readMigrations(dir);
  const wanted = through ? all.slice(0, all.indexOf(findMigration(all, through)) + 1) : all;
  const applied: Migration[] = [];
  for (const migration of wanted) {
    if (!(await applyMigration(client, migration, options))) continue;
    applied.push(migration);
    onApplied?.(migration);
  }
  return applied;
}

function describe(error: unknown): string {
  if (!(error instanceof pg.DatabaseError)) return String(error);
  const { severity, message, code, detail, hint } = error;
  return [
    `${severity}: ${message} (SQLSTATE ${code})`,
    detail && `DETAIL: ${detail}`,
    hint && `HINT: ${hint}`,
  ]
    .filter(Boolean)
    .join("\n");
}
