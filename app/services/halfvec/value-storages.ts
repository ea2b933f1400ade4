/**
 * Where the values of a column are.
 * - `toast`: out of line, as pgvector has it by default: rows are short, and a value is put together from its parts
 * - `inline`: in the row, two rows to a page: a value is read with its row, which is what a compact index does for every
 *   candidate
 */
export const VALUE_STORAGES = ["inline", "toast"] as const;
export type ValueStorage = (typeof VALUE_STORAGES)[number];

/** The most that a row may have for two of them to be on a page of 8 KB, header included (MaximumBytesPerTuple(2)). */
export const HALF_PAGE = 4080;
