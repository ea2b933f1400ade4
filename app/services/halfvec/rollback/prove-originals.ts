import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { readCatalog } from "../catalog.ts";
import { throwIfAborted } from "../errors.ts";
import { qualified, quoted, startOfBlock } from "../identifiers.ts";

/** Blocks of one statement: about a third of a second, so that no snapshot stands for long. */
const CHUNK_BLOCKS = 512;

/** What stands in the backup of a swapped table, over all its rows. */
export interface ProvedOriginals {
  /** Rows with an embedding. */
  rows: number;
  /** Rows whose backup does not round to what the app reads. */
  unequal: number;
  /** Rows whose backup has no more digits than halfvec: written since the swap. */
  rounded: number;
}

/**
 * Compares the backup of every row with what the app reads. A row that moves from a range not read to one already read
 * escapes, but whoever moved it wrote it, and so passed the trigger that keeps the two equal.
 * @param onProgress blocks read and blocks in all.
 */
export async function proveOriginals(
  client: ClientBase,
  table: EmbeddingTable,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<ProvedOriginals> {
  const { blocks } = await readCatalog(client, table);
  const live = quoted(table.column);
  const backup = quoted(table.backup);
  const statement = `
    SELECT count(${live}) AS rows,
           count(*) FILTER (WHERE num_nonnulls(${live}, ${backup}) > 0
                            AND halfvec_migration.to_halfvec(${backup}) IS DISTINCT FROM ${live}) AS unequal,
           count(*) FILTER (WHERE ${backup} = ${live}::vector(${table.dimensions})) AS rounded
    FROM ${qualified(table)} WHERE ctid >= $1::tid AND ctid < $2::tid`;
  const proved: ProvedOriginals = { rows: 0, unequal: 0, rounded: 0 };
  for (let first = 0; first < blocks; first += CHUNK_BLOCKS) {
    throwIfAborted(signal);
    const { rows } = await client.query<Record<keyof ProvedOriginals, string>>(statement, [
      startOfBlock(first),
      startOfBlock(first + CHUNK_BLOCKS),
    ]);
    proved.rows += Number(rows[0]?.rows ?? 0);
    proved.unequal += Number(rows[0]?.unequal ?? 0);
    proved.rounded += Number(rows[0]?.rounded ?? 0);
    onProgress(Math.min(blocks, first + CHUNK_BLOCKS), blocks);
  }
  return proved;
}
