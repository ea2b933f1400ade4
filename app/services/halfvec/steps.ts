import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import { applyMigration } from "../prisma-migrations/apply-migration.ts";
import { type Migration, readMigrations } from "../prisma-migrations/migration-files.ts";
import {
  migrationStates,
  recordAsApplied,
  recordAsRolledBack,
} from "../prisma-migrations/migration-records.ts";
import { withCancellation } from "./cancellation.ts";
import { readCatalog } from "./catalog.ts";
import type { Connections } from "./connections.ts";
import { RefusedError, sqlState, throwIfAborted } from "./errors.ts";
import type { Report } from "./events.ts";
import { withPhaseLock } from "./phase-lock.ts";
import type { Phase } from "./phases.ts";

/** The Prisma migrations by which a database moves, by their names without the time in front. */
export const STEP_MIGRATIONS = {
  expand: "add_halfvec_columns",
  swap: "swap_embedding_columns",
} as const;
export type Step = keyof typeof STEP_MIGRATIONS;

/** Phases of the catalog in which a table has a step behind it. */
const DONE_IN: Record<Step, readonly Phase[]> = {
  expand: ["expanded", "indexed", "swapped", "contracted"],
  swap: ["swapped", "contracted"],
};

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

/** The migrations of the app itself, those before expand, that are not on record. */
export async function pendingBaseline(client: ClientBase): Promise<string[]> {
  const migrations = (await migrationsThrough("expand")).slice(0, -1);
  const states = await migrationStates(client, migrations);
  return states.filter(({ status }) => status === "pending").map(({ name }) => name);
}

/** Makes the records of expand and swap say what the catalog says, where all tables agree. */
async function settleRecords(
  client: ClientBase,
  tables: readonly EmbeddingTable[],
  report: Report,
): Promise<void> {
  const phases = (await phasesOf(client, tables)).filter((phase) => phase !== "absent");
  if (phases.length === 0) return;
  const baseline = (await migrationsThrough("expand")).length - 1;
  for (const step of ["expand", "swap"] as const) {
    const ours = (await migrationsThrough(step)).slice(baseline);
    const applied = (await migrationStates(client, ours)).map(({ status }) => status === "applied");
    const own = ours.at(-1);
    if (own && applied.at(-1) && phases.every((phase) => !DONE_IN[step].includes(phase))) {
      report({
        event: "warning",
        message: `${own.name} is on record, but its tables are not so: the record is taken back`,
      });
      await recordAsRolledBack(client, own);
    }
    if (phases.every((phase) => DONE_IN[step].includes(phase))) {
      for (const missing of ours.filter((_, index) => !applied[index])) {
        report({ event: "warning", message: `${missing.name} is done, but not on record: it is recorded` });
        await recordAsApplied(client, missing);
      }
    }
  }
}

async function phasesOf(client: ClientBase, tables: readonly EmbeddingTable[]): Promise<Phase[]> {
  const phases: Phase[] = [];
  for (const table of tables) phases.push((await readCatalog(client, table)).phase);
  return phases;
}

async function migrationsThrough(step: Step): Promise<Migration[]> {
  const migrations = await readMigrations();
  const last = migrations.findIndex((migration) => migration.name.endsWith(`_${STEP_MIGRATIONS[step]}`));
  if (last < 0) throw new Error(`there is no migration ${STEP_MIGRATIONS[step]} in prisma/migrations`);
  return migrations.slice(0, last + 1);
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
