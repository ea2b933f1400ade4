import type { TableMigration } from "../../services/monitoring/vector-metrics.ts";

/** Of each table, in this order. */
export const STEPS = ["Expand", "Convert", "Index", "Verify", "Swap", "Contract"] as const;

export type StepState = "done" | "now" | "failed" | "next";

export interface Step {
  readonly name: (typeof STEPS)[number];
  readonly state: StepState;
}

/** Where a table stands on its way: what is done, what comes now, and what failed. */
export function stepsOf(table: TableMigration): Step[] {
  const done = doneSteps(table);
  const red = table.phase === "indexed" && table.verification?.ok === false;
  // Before the first step nothing is under way.
  const now = done === 0 ? "next" : red ? "failed" : "now";
  return STEPS.map((name, position) => ({
    name,
    state: position < done ? "done" : position === done ? now : "next",
  }));
}

function doneSteps({ phase, conversion, verification }: TableMigration): number {
  switch (phase) {
    case "absent":
    case "baseline":
      return 0;
    case "expanded":
      return conversion !== null && conversion.finishedAt !== null ? 2 : 1;
    case "indexed":
      return verification?.ok === true && verification.current ? 4 : 3;
    case "swapped":
      return 5;
    case "contracted":
      return 6;
  }
}

/** Rows that have their halfvec value, of all rows; those of a table that is not converted yet are an estimate. */
export function convertedRows(tables: readonly TableMigration[]): { converted: number; total: number } {
  let [converted, total] = [0, 0];
  for (const { phase, conversion, rowEstimate } of tables) {
    const rows = conversion?.rowsTotal ?? rowEstimate;
    total += rows;
    if (phase === "swapped" || phase === "contracted" || phase === "indexed") converted += rows;
    else converted += Math.min(rows, conversion?.rowsConverted ?? 0);
  }
  return { converted, total };
}
