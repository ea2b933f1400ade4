import type { TableMigration, VectorFlag } from "../vector-metrics.ts";

/** What the answer depends on, of one table. */
export interface FlagBasis extends Pick<TableMigration, "table" | "phase" | "goingBack"> {
  readonly verification: { readonly ok: boolean; readonly current: boolean } | null;
}

/** Why the flag cannot be turned to `value` as the tables are now, for a person; null where it can. */
export function flagRefusal(value: VectorFlag, tables: readonly FlagBasis[]): string | null {
  if (tables.some(({ goingBack }) => goingBack)) {
    return "A rollback is under way and has set the flag itself: apps send vectors as vector meanwhile. Finish it, or go forward again, and then set the flag.";
  }
  const swapped = tables.filter(isSwapped);
  if (value === "vector" && swapped.length > 0) {
    return `The columns are swapped: ${namesOf(swapped)} can be searched in halfvec only. To search vector again, go back: npm run migrate:halfvec -- rollback`;
  }
  if (value !== "halfvec") return null;
  const unindexed = tables.filter((table) => table.phase !== "indexed" && !isSwapped(table));
  if (unindexed.length > 0) {
    return `There is no halfvec index yet on ${namesOf(unindexed)}: search would go on reading vector. First run: npm run migrate:halfvec -- run --until verify`;
  }
  const unproved = tables.filter(
    ({ phase, verification }) => phase === "indexed" && !(verification?.ok && verification.current),
  );
  if (unproved.length > 0) {
    return `Verify is not green on ${namesOf(unproved)}: search in halfvec could miss rows. First run: npm run migrate:halfvec -- verify`;
  }
  return null;
}

function isSwapped({ phase }: FlagBasis): boolean {
  return phase === "swapped" || phase === "contracted";
}

function namesOf(tables: readonly { readonly table: string }[]): string {
  return tables.map(({ table }) => table).join(", ");
}
