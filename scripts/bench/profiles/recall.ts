import type { EmbeddingTable } from "../../../app/embedding-tables.ts";
import { readCatalog } from "../../../app/services/halfvec/catalog.ts";
import { comparedColumns } from "../../../app/services/halfvec/verify/compared-columns.ts";
import { exactNeighbours } from "../../../app/services/halfvec/verify/exact-neighbours.ts";
import { SearchProbe } from "../../../app/services/halfvec/verify/measure-search.ts";
import { measureSearches } from "../../../app/services/halfvec/verify/measure-searches.ts";
import { connected } from "../connected.ts";
import { columnOf, LIMIT, type OfSides, ofSides, profileOf, type SideSettings } from "./sides.ts";

const NEVER = new AbortController().signal;
const unheard = () => undefined;

/** Mean recall@10 of queries that are no rows, 0 to 1, against exact search over the originals. */
export async function measureRecallOfStrangers(
  urls: OfSides<string>,
  table: EmbeddingTable,
  settings: SideSettings,
  vectors: readonly number[][],
): Promise<OfSides<number>> {
  const queries = vectors.map((vector) => ({ key: "", vector }));
  const original = columnOf(table, "vector");
  const exact = await connected(urls.vector, (client) =>
    exactNeighbours(client, table, { ...original, type: "vector" }, queries, LIMIT, unheard, NEVER),
  );
  return ofSides((side) =>
    connected(urls[side], async (client) => {
      const catalog = await readCatalog(client, table);
      const efSearch = settings[side];
      const probe = await SearchProbe.open(
        client,
        table,
        catalog,
        comparedColumns(table, catalog.phase).original,
        { k: LIMIT, efSearch },
      );
      const index = { profile: profileOf(side), candidates: efSearch };
      const known = { queries, exact };
      return (await measureSearches(probe, columnOf(table, side), known, index, NEVER)).recall;
    }),
  );
}
