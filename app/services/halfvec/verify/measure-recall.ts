import type { OriginalColumn, SearchedColumn } from "../../rag/similarity-sql/embedding-column.ts";
import { type TableCatalog, validIndexOn } from "../catalog.ts";
import { throwIfAborted } from "../errors.ts";
import { probedIndex, type SearchProbe } from "./measure-search.ts";
import { type KnownQueries, SearchTally } from "./measure-searches.ts";

/** The columns to measure; `halfvec` is null where there is none. */
export interface MeasuredColumns {
  original: OriginalColumn;
  halfvec: SearchedColumn | null;
}

/** Against exact search over the originals, 0 to 1, and times in milliseconds; null where nothing was measured. */
export interface RecallFigures {
  /** Null without an index that holds every row. */
  recallVector: number | null;
  p95Vector: number | null;
  recallHalfvec: number | null;
  p95Halfvec: number | null;
  /** Between the similarity over halfvec and over the originals, over all results. */
  largestSimilarityDifference: number | null;
}

/**
 * Mean recall@k of the searches of both columns, each through its index, and how far their similarities are apart. Each query goes
 * to both in turn: what writers change meanwhile, both miss alike. Everything is searched twice, because the first time brings an
 * index into memory: the times are of the second.
 */
export async function measureRecall(
  catalog: TableCatalog,
  { original, halfvec }: MeasuredColumns,
  probe: SearchProbe,
  { queries, exact }: KnownQueries,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<RecallFigures> {
  // An index on a backup has only the rows that were not written since the swap.
  const vectorIndexed = original.fallback === undefined && validIndexOn(catalog, original.name) !== undefined;
  const index = halfvec ? probedIndex(catalog, halfvec.name) : undefined;
  const pass = async (done: number) => {
    const [vector, half] = [new SearchTally(), new SearchTally()];
    for (const [place, query] of queries.entries()) {
      throwIfAborted(signal);
      const truth = exact[place] ?? [];
      if (vectorIndexed) vector.add(probe.k, truth, await probe.search(original, query));
      if (halfvec) half.add(probe.k, truth, await probe.search(halfvec, query, index));
      onProgress(done + place + 1, 2 * queries.length);
    }
    return { vector: vectorIndexed ? vector.figures : null, half: halfvec ? half.figures : null };
  };
  const first = await pass(0);
  const second = await pass(queries.length);
  return {
    recallVector: first.vector?.recall ?? null,
    p95Vector: second.vector?.p95 ?? null,
    recallHalfvec: first.half?.recall ?? null,
    p95Halfvec: second.half?.p95 ?? null,
    largestSimilarityDifference: first.half?.largestSimilarityDifference ?? null,
  };
}
