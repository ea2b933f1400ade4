import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { throwIfAborted } from "../errors.ts";
import { qualified, quoted, startOfBlock } from "../identifiers.ts";
import type { ComparedColumns } from "./compared-columns.ts";

/** Blocks of one statement: about a third of a second, so that no snapshot stands for long. */
const CHUNK_BLOCKS = 512;

export interface ComparedValues {
  /** Rows with an original value. */
  rows: number;
  unconverted: number;
  differing: number;
}

/**
 * Compares the halfvec value of every row with the cast of its original.
 *
 * The table is read in ranges of blocks. A row that moves from a range not read to one already read escapes,
 * but whoever moved it wrote it, and so passed the trigger that keeps the two equal.
 * @param onProgress blocks read and blocks in all.
 */
export async function compareValues(
  client: ClientBase,
  table: EmbeddingTable,
  { original, halfvec }: ComparedColumns,
  blocks: number,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<ComparedValues> {
  const from = quoted(original.name);
  const to = quoted(halfvec.name);
  const statement = `
    SELECT count(${from}) AS rows,
           count(*) FILTER (WHERE ${from} IS NOT NULL AND ${to} IS NULL) AS unconverted,
           count(*) FILTER (WHERE ${from} IS NOT NULL AND ${to} IS NOT NULL
                            AND ${to} IS DISTINCT FROM halfvec_migration.to_halfvec(${from})) AS differing
    FROM ${qualified(table)} WHERE ctid >= $1::tid AND ctid < $2::tid`;
  const found: ComparedValues = { rows: 0, unconverted: 0, differing: 0 };
  for (let first = 0; first < blocks; first += CHUNK_BLOCKS) {
    throwIfAborted(signal);
    const { rows } = await client.query<Record<keyof ComparedValues, string>>(statement, [
      startOfBlock(first),
      startOfBlock(first + CHUNK_BLOCKS),
    ]);
    found.rows += Number(rows[0]?.rows ?? 0);
    found.unconverted += Number(rows[0]?.unconverted ?? 0);
    found.differing += Number(rows[0]?.differing ?? 0);
    onProgress(Math.min(blocks, first + CHUNK_BLOCKS), blocks);
  }
  return found;
}
