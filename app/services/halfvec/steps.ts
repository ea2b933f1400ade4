import type { ClientBase } from "pg";
import { applyMigration } from "../prisma-migrations/apply-migration.ts";
import { type Migration, readMigrations } from "../prisma-migrations/migration-files.ts";
import { migrationStates } from "../prisma-migrations/migration-records.ts";
import { withCancellation } from "./cancellation.ts";
import type { Connections } from "./connections.ts";
import { RefusedError, sqlState, throwIfAborted } from "./errors.ts";
import type { Report } from "./events.ts";
import { withPhaseLock } from "./phase-lock.ts";

/** The Prisma migrations by which a database moves, by their names without the time in front. */
export const STEP_MIGRATIONS = {
  expand: "add_halfvec_columns",
  swap: "swap_embedding_columns",
} as const;
export type Step = keyof typeof STEP_MIGRATIONS;

/**
 * Applies the Prisma migrations up to and including that of `step`, those before it first, and records each as Prisma
 * does, so that `prisma migrate status` and `deploy` go on from there. One that failed under Prisma is settled and
 * applied again. Does nothing where they are applied.
 *
 * @throws RefusedError when the guard of a migration refuses; nothing was changed then.
 */
export async function advanceThrough(
  connections: Connections,
  step: Step,
  lockTimeoutMs: number,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const migrations = await migrationsThrough(step);
  await connections.use(step, (client) =>
    withPhaseLock(
      client,
      () =>
        report({ event: "waiting", table: "all", reason: "another process works on an index or the schema" }),
      signal,
      async () => {
        await client.query(`SET halfvec_migration.lock_timeout = ${Math.round(lockTimeoutMs)}`);
        const states = await migrationStates(client, migrations);
        for (const [index, migration] of migrations.entries()) {
          throwIfAborted(signal);
          if (states[index]?.status === "applied") continue;
          report({ event: "migration", name: migration.name, state: "applying" });
          await withCancellation(connections, client, signal, () => apply(client, migration));
          report({ event: "migration", name: migration.name, state: "applied" });
        }
      },
    ),
  );
}

/** Whether every migration up to that of `step` is on record as applied. */
export async function reached(client: ClientBase, step: Step): Promise<boolean> {
  const states = await migrationStates(client, await migrationsThrough(step));
  return states.every(({ status }) => status === "applied");
}

async function migrationsThrough(step: Step): Promise<Migration[]> {
  const migrations = await readMigrations();
  const last = migrations.findIndex((migration) => migration.name.endsWith(`_${STEP_MIGRATIONS[step]}`));
  if (last < 0) throw new Error(`there is no migration ${STEP_MIGRATIONS[step]} in prisma/migrations`);
  return migrations.slice(0, last + 1);
}

async function apply(client: ClientBase, migration: Migration): Promise<void> {
  try {
    await applyMigration(client, migration);
  } catch (error) {
    // P0001: RAISE EXCEPTION, the guards of our migrations.
    if (sqlState(error) === "P0001" && error instanceof Error) throw new RefusedError(error.message);
    throw error;
  }
}
