/**
 * What is about to happen to the column.
 * - `swap`: it becomes the backup, and another takes its name. Objects refer to a column by its number, so they follow
 *   it to the backup; what refers to it by name, in the text of a function, finds the other.
 * - `contract`: the backup is dropped.
 * - `rollback`: the halfvec column is dropped: before the swap with its name, after it so that its name goes back to
 *   the vector column.
 */
export type Change = "swap" | "contract" | "rollback";

/** `breaks`: the change must wait until something is done. `told`: good to know, and no reason to wait. */
export type Effect = "breaks" | "told";

/** Something in the database that refers to a column of an embedding table. */
export interface Dependent {
  /** Name of the embedding table. */
  table: string;
  /** `view`, `index`, `function`, ...: the first word of `message`. */
  kind: string;
  /** As SQL writes it, quoted and with its schema where it needs one. */
  name: string;
  effect: Effect;
  /** One line: what it is, what would become of it, what to run. */
  message: string;
  /** The statement that makes it again, where it can be dropped and made again. */
  definition: string | null;
}
