/** Points of a migration at which the dashboard looks different. */
export type Stage = "baseline" | "converting" | "red" | "swapped" | "contracted";

/** When the figures of the fixtures were read. */
export const TAKEN_AT = "2026-11-23T12:00:00.000Z";

/** Of the embedding tables, in their order. */
export const ROWS = [20_000, 41_000, 8_200, 1_450] as const;
