import type { SearchedColumn } from "../../rag/similarity-sql/embedding-column.ts";
import { throwIfAborted } from "../errors.ts";
import type { ProbedIndex, SearchProbe } from "./measure-search.ts";
import { mean, type Neighbour, recallAt } from "./recall.ts";
import type { SampledQuery } from "./sample.ts";

/** Searches of one column through one index. */
export interface MeasuredSearches {
  /** Mean recall@k against exact search over the originals, 0 to 1; 1 without queries. */
  recall: number;
  /** Of the statement of a search, in milliseconds; 0 without queries. */
  p50: number;
  p95: number;
  /** Between the similarity that the search gave and that over the originals, over all results. */
  largestSimilarityDifference: number;
}

/** The sampled queries of a table with their true neighbours, in the same order. */
export interface KnownQueries {
  queries: readonly SampledQuery[];
  exact: readonly (readonly Neighbour[])[];
}

/**
 * Runs each query once on a column.
 * @param index by which it is searched; undefined for the index on whole values with the settings of the probe.
 */
export async function measureSearches(
  probe: SearchProbe,
  column: SearchedColumn,
  { queries, exact }: KnownQueries,
  index: ProbedIndex | undefined,
  onSearch: () => void,
  signal: AbortSignal,
): Promise<MeasuredSearches> {
  const recalls: number[] = [];
  const times: number[] = [];
  let largestSimilarityDifference = 0;
  for (const [place, query] of queries.entries()) {
    throwIfAborted(signal);
    const { found, milliseconds } = await probe.search(column, query, index);
    recalls.push(recallAt(probe.k, exact[place] ?? [], found));
    times.push(milliseconds);
    for (const { similarity, reported } of found) {
      largestSimilarityDifference = Math.max(largestSimilarityDifference, Math.abs(similarity - reported));
    }
    onSearch();
  }
  return {
    recall: mean(recalls) ?? 1,
    p50: percentile(times, 0.5),
    p95: percentile(times, 0.95),
    largestSimilarityDifference,
  };
}

/** By nearest rank; 0 of nothing. */
function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)] ?? 0;
}
