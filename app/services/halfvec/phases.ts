/** The steps of a migration, in order. `run --until` takes any of them. */
export const PHASE_NAMES = ["expand", "convert", "index", "verify", "swap"] as const;
export type PhaseName = (typeof PHASE_NAMES)[number];

/** How far `rollback --to` can go back. `expand` is as `convert`, `verify` as `index`: values that are right stay. */
export const ROLLBACK_TARGETS = ["baseline", "expand", "convert", "index", "verify"] as const;
export type RollbackTarget = (typeof ROLLBACK_TARGETS)[number];

/**
 * The steps of a rollback, in order.
 * - `prepare`: a trigger fills the backup of every row that is written from now on
 * - `fill`: the rows that were written since the swap
 * - `rebuild`: the indexes that the swap dropped, on the backup
 * - `prove`: the backup of every row rounds to what the app reads
 * - `swap-back`: the columns change places again
 * - `remove`: indexes, twins, triggers and bookkeeping, as far as it is to go
 */
export const ROLLBACK_STEPS = ["prepare", "fill", "rebuild", "prove", "swap-back", "remove"] as const;
export type RollbackStep = (typeof ROLLBACK_STEPS)[number];

/** The steps of contract. `reclaim` returns the space, where that is asked for. */
export const CONTRACT_STEPS = ["verify", "contract", "reclaim"] as const;
export type ContractStep = (typeof CONTRACT_STEPS)[number];

/**
 * The state a table is in, as its catalog says: which columns, of which types, with which valid indexes and triggers.
 * - `absent`: no such table, or it has no such column.
 * - `baseline`: the column is `vector`, nothing stands beside it.
 * - `expanded`: twin and trigger exist; old rows may be unconverted.
 * - `indexed`: a valid HNSW index stands on the twin.
 * - `swapped`: the column is `halfvec`, the original values are in the backup.
 * - `contracted`: the column is `halfvec` and there is no backup.
 */
export type Phase = "absent" | "baseline" | "expanded" | "indexed" | "swapped" | "contracted";
