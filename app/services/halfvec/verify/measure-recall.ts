import type { OriginalColumn, SearchedColumn } from "../../rag/similarity-sql/embedding-column.ts";
import { searchedIndexOn, type TableCatalog, validIndexOn } from "../catalog.ts";
import { type ProbedIndex, probedIndex, type SearchProbe } from "./measure-search.ts";
import { type KnownQueries, type MeasuredSearches, measureSearches } from "./measure-searches.ts";

/** The first brings an index into memory: what counts is what the searches of a running app take. */
const PASSES = 2;

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

/** Mean recall@k of the searches of both columns, each through its index, and how far their similarities are apart. */
export async function measureRecall(
  catalog: TableCatalog,
  { original, halfvec }: MeasuredColumns,
  probe: SearchProbe,
  known: KnownQueries,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<RecallFigures> {
  // An index on a backup has only the rows that were not written since the swap.
  const vectorIndexed = original.fallback === undefined && validIndexOn(catalog, original.name) !== undefined;
  const total = PASSES * known.queries.length * (Number(vectorIndexed) + Number(halfvec !== null));
  let done = 0;
  const searched = () => onProgress(++done, total);
  const measured = async (column: SearchedColumn, index?: ProbedIndex) => {
    const passes: MeasuredSearches[] = [];
    while (passes.length < PASSES)
      passes.push(await measureSearches(probe, column, known, index, searched, signal));
    return passes.at(-1) ?? null;
  };
  const vector = vectorIndexed ? await measured(original) : null;
  const half = halfvec ? await measured(halfvec, probedIndex(searchedIndexOn(catalog, halfvec.name))) : null;
  return {
    recallVector: vector?.recall ?? null,
    p95Vector: vector?.p95 ?? null,
    recallHalfvec: half?.recall ?? null,
    p95Halfvec: half?.p95 ?? null,
    largestSimilarityDifference: half?.largestSimilarityDifference ?? null,
  };
}
