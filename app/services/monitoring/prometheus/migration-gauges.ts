import type { Phase } from "../../halfvec/phases.ts";
import type { MigrationMetrics, TableMigration } from "../vector-metrics.ts";
import { VECTOR_FLAGS } from "../vector-metrics.ts";
import type { Gauges } from "./gauges.ts";

const PHASES = [
  "absent",
  "baseline",
  "expanded",
  "indexed",
  "swapped",
  "contracted",
] as const satisfies Phase[];

/** How far the migration is. */
export function setMigrationGauges(gauges: Gauges, migration: MigrationMetrics): void {
  const { flag, settings, contractDueAt, tables, atWork } = migration;
  for (const value of VECTOR_FLAGS) {
    gauges.set(
      "halfvec_migration_flag",
      "Which column the app is told to search: 1 at the value that counts.",
      { value },
      value === flag.value,
    );
  }
  gauges.set(
    "halfvec_migration_paused",
    "Whether conversions are paused.",
    {},
    settings === null ? null : settings.paused,
  );
  gauges.set(
    "halfvec_migration_running",
    "Whether a process works on the migration now.",
    {},
    atWork !== null,
  );
  gauges.set(
    "halfvec_migration_swapped_timestamp_seconds",
    "Time of the swap.",
    {},
    secondsOf(settings?.swappedAt ?? null),
  );
  gauges.set(
    "halfvec_migration_contract_due_timestamp_seconds",
    "From when on contract may drop the originals without being forced.",
    {},
    secondsOf(contractDueAt),
  );
  for (const table of tables) setTableGauges(gauges, table);
}

function setTableGauges(gauges: Gauges, migration: TableMigration): void {
  const { table, conversion, setAside, verification } = migration;
  for (const phase of PHASES) {
    gauges.set(
      "halfvec_migration_phase",
      "Phase of a table as its catalog says it: 1 at the one it is in.",
      { table, phase },
      phase === migration.phase,
    );
  }
  const figures = [
    ["rows", "Rows to convert in all.", conversion?.rowsTotal],
    ["converted_rows", "Rows converted so far.", conversion?.rowsConverted],
    ["hot_updated_rows", "Of these, rows whose update stayed on its page.", conversion?.rowsHot],
    ["hot_update_ratio", "Share of the updates that stayed on their page, 0 to 1.", conversion?.hotShare],
    ["rows_per_second", "Rows converted in a second, while it runs.", conversion?.rowsPerSecond],
    ["eta_seconds", "Time left at the present rate.", conversion?.etaSeconds],
    ["set_aside_rows", "Rows that halfvec cannot hold; counted up to 200.", setAside.rows],
    ["throttled", "Whether the conversion waits.", conversion ? migration.throttle !== null : null],
    ["verified", "Whether the newest verify is green and still holds.", isProved(verification)],
    ["verify_timestamp_seconds", "Time of the newest verify.", secondsOf(verification?.verifiedAt ?? null)],
  ] as const;
  for (const [name, help, value] of figures) {
    gauges.set(`halfvec_migration_${name}`, help, { table }, value ?? null);
  }
  for (const check of verification?.figures.checks ?? []) {
    gauges.set(
      "halfvec_migration_verify_check",
      "Checks of the newest verify: 1 green, 0 red.",
      { table, check: check.name },
      check.ok,
    );
  }
  for (const [phase, seconds] of Object.entries(migration.seconds)) {
    gauges.set(
      "halfvec_migration_phase_duration_seconds",
      "Time that a step took, added up over interruptions.",
      { table, phase },
      seconds,
    );
  }
}

function isProved(verification: TableMigration["verification"]): boolean | null {
  return verification === null ? null : verification.ok && verification.current;
}

function secondsOf(time: string | null): number | null {
  return time === null ? null : Date.parse(time) / 1000;
}
