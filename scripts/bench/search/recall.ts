import type pg from "pg";
import type { EmbeddingTable } from "../../../app/embedding-tables.ts";
import { readCatalog } from "../../../app/services/halfvec/catalog.ts";
import { comparedColumns } from "../../../app/services/halfvec/verify/compared-columns.ts";
import { exactNeighbours } from "../../../app/services/halfvec/verify/exact-neighbours.ts";
import { SearchProbe } from "../../../app/services/halfvec/verify/measure-search.ts";
import { measureSearches } from "../../../app/services/halfvec/verify/measure-searches.ts";
import { mean } from "../../../app/services/halfvec/verify/recall.ts";
import { exactStatement } from "../../../app/services/rag/similarity-sql/nearest-rows.ts";
import { searchEmbeddings } from "../../../app/services/rag/vector-search.server.ts";
import { connected } from "../connected.ts";
import { type Asked, SIDES, type Side, takeSide } from "./sides.ts";

const K = 10;
const NEVER = new AbortController().signal;

export interface RecallFigures {
  table: string;
  side: Side;
  efSearch: number;
  queries: number;
  /** Mean recall@10 against exact search over the original vectors. */
  recall: number;
}

/** The recall of both columns at each `ef_search`, with the app's own statement, as verify measures it. */
export async function measureRecall(
  url: string,
  table: EmbeddingTable,
  vectors: readonly number[][],
  efSearches: readonly number[],
): Promise<RecallFigures[]> {
  return connected(url, async (client) => {
    const catalog = await readCatalog(client, table);
    const columns = comparedColumns(table, catalog.phase);
    // No row is left out: the queries are none of them.
    const queries = vectors.map((vector) => ({ key: "", vector }));
    const exact = await exactNeighbours(client, table, columns.original, queries, K, () => undefined, NEVER);
    const figures: RecallFigures[] = [];
    for (const efSearch of efSearches) {
      const probe = await SearchProbe.open(client, table, catalog, columns.original, { k: K, efSearch });
      for (const side of SIDES) {
        const column = side === "vector" ? columns.original : columns.halfvec;
        const { recall } = await measureSearches(probe, column, { queries, exact }, undefined, NEVER);
        figures.push({ table: table.name, side, efSearch, queries: queries.length, recall });
      }
    }
    return figures;
  });
}

/** The recall of both columns under a filter, through the search service: of the rows that it matches, those nearest by exact search. */
export async function measureRecallWithin(
  pool: pg.Pool,
  table: EmbeddingTable,
  vectors: readonly number[][],
  asked: Asked & { workspaceId: string },
): Promise<Record<Side, number>> {
  const { limit, workspaceId } = asked;
  const nearest: string[][] = [];
  for (const vector of vectors) {
    const column = { name: table.column, type: "vector" } as const;
    const { text, values } = exactStatement(table, column, { vector, limit, workspaceId });
    const { rows } = await pool.query<Record<string, unknown>>(text, values);
    nearest.push(rows.map((row) => table.key.map((name) => String(row[name])).join(",")));
  }
  const recall = { vector: Number.NaN, halfvec: Number.NaN };
  for (const side of SIDES) {
    await takeSide(pool, [table], side);
    const shares: number[] = [];
    for (const [query, vector] of vectors.entries()) {
      const { hits } = await searchEmbeddings({ table, vector, ...asked }, pool);
      const found = new Set(hits.map(({ key }) => key));
      const keys = nearest[query] ?? [];
      shares.push(keys.filter((key) => found.has(key)).length / keys.length);
    }
    recall[side] = mean(shares) ?? Number.NaN;
  }
  return recall;
}
