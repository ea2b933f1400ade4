import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { qualified, quoted } from "../identifiers.ts";
import type { ComparedColumns } from "./compared-columns.ts";
import { passOverBlocks } from "./pass-over-blocks.ts";

/** Blocks of one statement: about a third of a second. */
const CHUNK_BLOCKS = 512;

export interface ComparedValues {
  /** Rows with an embedding in the column that the app reads. */
  rows: number;
  /** Rows with an original and a halfvec value: after the swap, those not written since. */
  compared: number;
  /** Rows with an original and no halfvec value. */
  unconverted: number;
  /** Of the compared rows, those whose halfvec value is not the cast of the original. */
  differing: number;
}

/**
 * Compares the halfvec value of every row with the cast of its original.
 * @param onProgress blocks read and blocks in all.
 * @throws RefusedError where the table is rewritten again and again meanwhile.
 */
export async function compareValues(
  client: ClientBase,
  table: EmbeddingTable,
  { original, halfvec }: ComparedColumns,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<ComparedValues> {
  const from = quoted(original.name);
  const to = quoted(halfvec.name);
  const statement = `
    SELECT count(${quoted(table.column)}) AS rows,
           count(*) FILTER (WHERE ${from} IS NOT NULL AND ${to} IS NOT NULL) AS compared,
           count(*) FILTER (WHERE ${from} IS NOT NULL AND ${to} IS NULL) AS unconverted,
           count(*) FILTER (WHERE ${from} IS NOT NULL AND ${to} IS NOT NULL
                            AND ${to} IS DISTINCT FROM halfvec_migration.to_halfvec(${from})) AS differing
    FROM ${qualified(table)} WHERE ctid >= $1::tid AND ctid < $2::tid`;
  return passOverBlocks<ComparedValues>(
    client,
    table,
    {
      chunkBlocks: CHUNK_BLOCKS,
      nothing: () => ({ rows: 0, compared: 0, unconverted: 0, differing: 0 }),
      read: async (found, first, end) => {
        const { rows } = await client.query<Record<keyof ComparedValues, string>>(statement, [first, end]);
        found.rows += Number(rows[0]?.rows ?? 0);
        found.compared += Number(rows[0]?.compared ?? 0);
        found.unconverted += Number(rows[0]?.unconverted ?? 0);
        found.differing += Number(rows[0]?.differing ?? 0);
      },
      onProgress,
    },
    signal,
  );
}
