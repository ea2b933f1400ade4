import type { SearchedColumn } from "../../rag/similarity-sql/embedding-column.ts";
import { throwIfAborted } from "../errors.ts";
import type { ProbedIndex, SearchProbe, TimedSearch } from "./measure-search.ts";
import { mean, type Neighbour, recallAt } from "./recall.ts";
import type { SampledQuery } from "./sample.ts";

/** Searches of one column through one index. */
export interface MeasuredSearches {
  /** Mean recall@k against exact search over the originals, 0 to 1; 1 without queries. */
  recall: number;
  /** Standard error of that mean: other queries would give another one. */
  recallError: number;
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

/** Adds searches up. */
export class SearchTally {
  readonly #recalls: number[] = [];
  readonly #times: number[] = [];
  #largestSimilarityDifference = 0;

  /** @param exact the true neighbours of the query that found it */
  add(k: number, exact: readonly Neighbour[], { found, milliseconds }: TimedSearch): void {
    this.#recalls.push(recallAt(k, exact, found));
    this.#times.push(milliseconds);
    for (const { similarity, reported } of found) {
      const difference = Math.abs(similarity - reported);
      this.#largestSimilarityDifference = Math.max(this.#largestSimilarityDifference, difference);
    }
  }

  get figures(): MeasuredSearches {
    return {
      recall: mean(this.#recalls) ?? 1,
      recallError: standardError(this.#recalls),
      p50: percentile(this.#times, 0.5),
      p95: percentile(this.#times, 0.95),
      largestSimilarityDifference: this.#largestSimilarityDifference,
    };
  }
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
  signal: AbortSignal,
): Promise<MeasuredSearches> {
  const tally = new SearchTally();
  for (const [place, query] of queries.entries()) {
    throwIfAborted(signal);
    tally.add(probe.k, exact[place] ?? [], await probe.search(column, query, index));
  }
  return tally.figures;
}

/** Of the mean of the values; 0 of fewer than two. */
function standardError(values: readonly number[]): number {
  const average = mean(values) ?? 0;
  const squares = values.reduce((sum, value) => sum + (value - average) ** 2, 0);
  return values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1) / values.length);
}

/** By nearest rank; 0 of nothing. */
function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)] ?? 0;
}
