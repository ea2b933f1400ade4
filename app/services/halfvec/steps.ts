import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import { applyMigration } from "../prisma-migrations/apply-migration.ts";
import type { Migration } from "../prisma-migrations/migration-files.ts";
import { migrationStates } from "../prisma-migrations/migration-records.ts";
import { withCancellation } from "./cancellation.ts";
import type { Connections } from "./connections.ts";
import { RefusedError, sqlState, throwIfAborted } from "./errors.ts";
import type { Report } from "./events.ts";
import { withPhaseLock } from "./phase-lock.ts";
import { DONE_IN, migrationsThrough, phasesOf, type Step, settleRecords } from "./step-migrations.ts";

/**
 * Applies the Prisma migrations up to and including that of `step`, those before it first, and records each as Prisma
 * does, so that `prisma migrate status` and `deploy` go on from there. One that failed under Prisma is settled and
 * applied again. Where records and catalog disagree (a `down.sql` by hand, a `prisma migrate resolve`), the
 * catalog is right, and the records are settled first. Does nothing where the step is done.
 *
 * @returns whether this call took the step.
 * @throws RefusedError when the guard of a migration refuses; nothing was changed then.
 * @throws InterruptedError when `signal` is aborted.
 */
export async function advanceThrough(
  connections: Connections,
  tables: readonly EmbeddingTable[],
  step: Step,
  lockTimeoutMs: number,
  report: Report,
  signal: AbortSignal,
): Promise<boolean> {
  const migrations = await migrationsThrough(step);
  return connections.use(step, (client) =>
    withPhaseLock(
      client,
      () =>
        report({
          event: "waiting",
          table: "all",
          reason: "another process works on an index or the schema",
        }),
      signal,
      async () => {
        await client.query(`SET halfvec_migration.lock_timeout = ${Math.round(lockTimeoutMs)}`);
        await settleRecords(client, tables, report);
        const states = await migrationStates(client, migrations);
        const pending = migrations.filter((_, index) => states[index]?.status !== "applied");
        for (const migration of pending) {
          throwIfAborted(signal);
          report({ event: "migration", name: migration.name, state: "applying" });
          await withCancellation(connections, client, signal, () => apply(client, migration, signal));
          report({ event: "migration", name: migration.name, state: "applied" });
        }
        return pending.includes(migrations.at(-1) as Migration);
      },
    ),
  );
}

/** Whether the tables are at least where `step` leaves them, and the records say so too. */
export async function reached(
  client: ClientBase,
  tables: readonly EmbeddingTable[],
  step: Step,
): Promise<boolean> {
  const states = await migrationStates(client, await migrationsThrough(step));
  if (states.some(({ status }) => status !== "applied")) return false;
  const phases = await phasesOf(client, tables);
  return phases.every((phase) => DONE_IN[step].includes(phase));
}

async function apply(client: ClientBase, migration: Migration, signal: AbortSignal): Promise<void> {
  try {
    await applyMigration(client, migration, { signal });
  } catch (error) {
    // P0001: RAISE EXCEPTION, the guards of our migrations.
    if (sqlState(error) === "P0001" && error instanceof Error) throw new RefusedError(error.message);
    throw error;
  }
}
