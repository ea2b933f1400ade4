import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import { type Migration, readMigrations } from "../prisma-migrations/migration-files.ts";
import {
  migrationStates,
  recordAsApplied,
  recordAsRolledBack,
} from "../prisma-migrations/migration-records.ts";
import { readCatalog } from "./catalog.ts";
import type { Report } from "./events.ts";
import type { Phase } from "./phases.ts";

/** The Prisma migrations by which a database moves, by their names without the time in front. */
export const STEP_MIGRATIONS = {
  expand: "add_halfvec_columns",
  swap: "swap_embedding_columns",
} as const;
export type Step = keyof typeof STEP_MIGRATIONS;

/** Phases of the catalog in which a table has a step behind it. */
export const DONE_IN: Record<Step, readonly Phase[]> = {
  expand: ["expanded", "indexed", "swapped", "contracted"],
  swap: ["swapped", "contracted"],
};

/** The migrations up to and including that of `step`, in order. */
export async function migrationsThrough(step: Step): Promise<Migration[]> {
  const migrations = await readMigrations();
  const last = migrations.findIndex((migration) => migration.name.endsWith(`_${STEP_MIGRATIONS[step]}`));
  if (last < 0) throw new Error(`there is no migration ${STEP_MIGRATIONS[step]} in prisma/migrations`);
  return migrations.slice(0, last + 1);
}

/** The migrations from expand to the swap, in order. */
export async function halfvecMigrations(): Promise<Migration[]> {
  return (await migrationsThrough("swap")).slice((await migrationsThrough("expand")).length - 1);
}

/** The migrations of the app itself, those before expand, that are not on record. */
export async function pendingBaseline(client: ClientBase): Promise<string[]> {
  const migrations = (await migrationsThrough("expand")).slice(0, -1);
  const states = await migrationStates(client, migrations);
  return states.filter(({ status }) => status === "pending").map(({ name }) => name);
}

/** Makes the records of expand and swap say what the catalog says, where all tables agree. */
export async function settleRecords(
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

/** The phase of each table, as its catalog says. */
export async function phasesOf(client: ClientBase, tables: readonly EmbeddingTable[]): Promise<Phase[]> {
  const phases: Phase[] = [];
  for (const table of tables) phases.push((await readCatalog(client, table)).phase);
  return phases;
}
