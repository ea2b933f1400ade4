import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { KEEP_BACKUP, KEEP_TWIN } from "../catalog.ts";

/**
 * A column that is filled from the column the app reads. A trigger keeps the two equal from the start; what the waves
 * do is to touch every older row, so that the trigger fills it too.
 */
export interface Filling {
  readonly table: EmbeddingTable;
  /** The column to fill: the twin, or after the swap the backup. */
  readonly target: string;
  /** The trigger that computes the value. */
  readonly trigger: string;
  /** Whether there are values that the target cannot hold. Such rows are set aside. */
  readonly narrows: boolean;
  /** The command that fills it. */
  readonly command: "convert" | "rollback";
}

/** The way forward: every row gets its halfvec value. */
export function twinFilling(table: EmbeddingTable): Filling {
  return { table, target: table.twin, trigger: KEEP_TWIN, narrows: true, command: "convert" };
}

/** The way back: rows that were written since the swap have no original, and get their halfvec value as vector. */
export function backupFilling(table: EmbeddingTable): Filling {
  return { table, target: table.backup, trigger: KEEP_BACKUP, narrows: false, command: "rollback" };
}
