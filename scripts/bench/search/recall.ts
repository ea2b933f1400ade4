import type { EmbeddingTable } from "../../../app/embedding-tables.ts";
import { readCatalog } from "../../../app/services/halfvec/catalog.ts";
import { comparedColumns } from "../../../app/services/halfvec/verify/compared-columns.ts";
import { exactNeighbours } from "../../../app/services/halfvec/verify/exact-neighbours.ts";
import { SearchProbe } from "../../../app/services/halfvec/verify/measure-search.ts";
import { measureSearches } from "../../../app/services/halfvec/verify/measure-searches.ts";
import { connected } from "../connected.ts";
import { SIDES, type Side } from "./sides.ts";

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
