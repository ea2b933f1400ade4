import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { qualified, quoted } from "../identifiers.ts";
import { passOverBlocks } from "../verify/pass-over-blocks.ts";

/** Blocks of one statement: about a third of a second. */
const CHUNK_BLOCKS = 512;

/** What stands in the backup of a swapped table, over all its rows. */
export interface ProvedOriginals {
  /** Rows with an embedding. */
  rows: number;
  /** Rows whose backup does not round to what the app reads. */
  unequal: number;
  /**
   * Rows whose backup has no more digits than halfvec: all that were written since the swap, and originals that
   * halfvec happens to hold exactly.
   */
  rounded: number;
}

/**
 * Compares the backup of every row with what the app reads.
 * @param onProgress blocks read and blocks in all.
 * @throws RefusedError where the table is rewritten again and again meanwhile.
 */
export async function proveOriginals(
  client: ClientBase,
  table: EmbeddingTable,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<ProvedOriginals> {
  const live = quoted(table.column);
  const backup = quoted(table.backup);
  const statement = `
    SELECT count(${live}) AS rows,
           count(*) FILTER (WHERE num_nonnulls(${live}, ${backup}) > 0
                            AND halfvec_migration.to_halfvec(${backup}) IS DISTINCT FROM ${live}) AS unequal,
           count(*) FILTER (WHERE ${backup} = ${live}::vector(${table.dimensions})) AS rounded
    FROM ${qualified(table)} WHERE ctid >= $1::tid AND ctid < $2::tid`;
  return passOverBlocks<ProvedOriginals>(
    client,
    table,
    {
      chunkBlocks: CHUNK_BLOCKS,
      nothing: () => ({ rows: 0, unequal: 0, rounded: 0 }),
      read: async (proved, first, end) => {
        const { rows } = await client.query<Record<keyof ProvedOriginals, string>>(statement, [first, end]);
        proved.rows += Number(rows[0]?.rows ?? 0);
        proved.unequal += Number(rows[0]?.unequal ?? 0);
        proved.rounded += Number(rows[0]?.rounded ?? 0);
      },
      onProgress,
    },
    signal,
  );
}
