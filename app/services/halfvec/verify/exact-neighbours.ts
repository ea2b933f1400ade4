import type { ClientBase } from "pg";
import { toSql } from "pgvector";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import type { OriginalColumn } from "../../rag/similarity-sql/embedding-column.ts";
import { nearestInRangeStatement } from "../../rag/similarity-sql/exact-similarities.ts";
import { passOverBlocks } from "./pass-over-blocks.ts";
import type { Neighbour } from "./recall.ts";
import { keyText, type SampledQuery } from "./sample.ts";

/** Blocks of one statement: their vectors, some 12 KB each, are held in memory while all queries pass over them. */
const CHUNK_BLOCKS = 256;

/**
 * The `k` nearest rows of each query by exact search. One pass over the table for all queries: reading a vector
 * out of TOAST costs some twenty times what a distance does. The query's own row is left out.
 * @returns the neighbours of each query, in the order of `queries`, nearest first.
 * @throws RefusedError where the table is rewritten again and again meanwhile.
 */
export async function exactNeighbours(
  client: ClientBase,
  table: EmbeddingTable,
  column: OriginalColumn,
  queries: readonly SampledQuery[],
  k: number,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<Neighbour[][]> {
  const statement = nearestInRangeStatement(table, column);
  const vectors = queries.map((query) => toSql(query.vector));
  return passOverBlocks<Neighbour[][]>(
    client,
    table,
    {
      chunkBlocks: CHUNK_BLOCKS,
      nothing: () => queries.map(() => []),
      read: async (nearest, first, end) => {
        const { rows } = await client.query<Record<string, unknown> & { query: number; similarity: number }>(
          statement,
          [vectors, first, end, k + 1],
        );
        for (const row of rows) {
          const key = keyText(table, row);
          if (key !== queries[row.query]?.key) nearest[row.query]?.push({ key, similarity: row.similarity });
        }
        for (const [index, list] of nearest.entries()) {
          nearest[index] = list.sort((a, b) => b.similarity - a.similarity).slice(0, k);
        }
      },
      onProgress,
    },
    signal,
  );
}
