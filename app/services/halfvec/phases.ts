/** The steps of a migration, in order. `run --until` takes any of them. */
export const PHASE_NAMES = ["expand", "convert", "index", "verify", "swap"] as const;
export type PhaseName = (typeof PHASE_NAMES)[number];

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
