import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import type { OriginalColumn, SearchedColumn } from "../../rag/similarity-sql/embedding-column.ts";
import { searchedIndexOn, type TableCatalog, validIndexOn } from "../catalog.ts";
import { throwIfAborted } from "../errors.ts";
import { exactNeighbours } from "./exact-neighbours.ts";
import { type FoundNeighbour, probedIndex, type SearchProbe } from "./measure-search.ts";
import { mean, recallAt } from "./recall.ts";
import type { SampledQuery } from "./sample.ts";

/** The columns to measure; `halfvec` is null where there is none. */
export interface MeasuredColumns {
  original: OriginalColumn;
  halfvec: SearchedColumn | null;
}

/** Against exact search over the originals, 0 to 1; null where nothing was measured. */
export interface RecallFigures {
  /** Null without an index that holds every row. */
  recallVector: number | null;
  recallHalfvec: number | null;
  /** Between the similarity over halfvec and over the originals, over all results. */
  largestSimilarityDifference: number | null;
}

/**
 * Mean recall@k of the searches of both columns, each through its index, and how far their similarities are apart. Reads
 * the whole table once.
 * @param step is told the name of what is done, and then how far it is.
 */
export async function measureRecall(
  client: ClientBase,
  table: EmbeddingTable,
  catalog: TableCatalog,
  { original, halfvec }: MeasuredColumns,
  queries: readonly SampledQuery[],
  probe: SearchProbe,
  step: (name: string) => (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<RecallFigures> {
  const { k } = probe;
  // An index on a backup has only the rows that were not written since the swap.
  const vectorIndexed = original.fallback === undefined && validIndexOn(catalog, original.name) !== undefined;
  const searched = halfvec ? probedIndex(searchedIndexOn(catalog, halfvec.name)) : undefined;
  const byHalfvec: FoundNeighbour[][] = [];
  const byVector: FoundNeighbour[][] = [];
  for (const [index, query] of queries.entries()) {
    throwIfAborted(signal);
    if (halfvec) byHalfvec.push(await probe.search(halfvec, query, searched));
    if (vectorIndexed) byVector.push(await probe.search(original, query));
    step("searches")(index + 1, queries.length);
  }
  const exact = await exactNeighbours(client, table, original, queries, k, step("exact search"), signal);
  const recall = (found: FoundNeighbour[][]) =>
    mean(found.map((neighbours, index) => recallAt(k, exact[index] ?? [], neighbours)));
  return {
    recallVector: recall(byVector),
    recallHalfvec: recall(byHalfvec),
    largestSimilarityDifference:
      byHalfvec.length === 0
        ? null
        : byHalfvec
            .flat()
            .reduce(
              (most, neighbour) => Math.max(most, Math.abs(neighbour.similarity - neighbour.reported)),
              0,
            ),
  };
}
