import type { SearchPlan } from "./measure-search.ts";

/** What verify measured on one table. Stored as it is; the command line and the dashboard show it. */
export interface VerificationFigures {
  /** Rows with an embedding in the column that the app reads. */
  rows: number;
  /** Rows with both values: after the swap, those that were not written since. */
  compared: number;
  unconverted: number;
  /** Those of the unconverted rows that halfvec cannot hold. */
  setAside: number;
  /** Rows whose halfvec value is not the cast of the original, over all rows compared. */
  differing: number;
  /** Sampled queries behind the figures below; 0 for a table without rows that have a direction. */
  queries: number;
  /** Mean recall@k against exact search over the original vectors; null where there is no such index or no query. */
  recallVector: number | null;
  /** Of the statement of a search, in milliseconds. */
  p95Vector: number | null;
  recallHalfvec: number | null;
  p95Halfvec: number | null;
  /** When recallVector was measured, where that was an earlier verify: the swap drops the vector index. ISO 8601. */
  recallVectorOf: string | null;
  /** k of recall@k. */
  k: number;
  /** `hnsw.ef_search` of the measured searches on halfvec: that of its index where it was measured, else what the app uses. */
  efSearch: number;
  /** Largest difference between the similarity over halfvec and over the originals, over all results. */
  largestSimilarityDifference: number | null;
  /** What the planner does with the app's own search statement on the halfvec column; null without a query. */
  searchPlan: SearchPlan | null;
  seconds: number;
  checks: VerificationCheck[];
}

/** One condition of a green verify. */
export interface VerificationCheck {
  name: "converted" | "values" | "index" | "trigger" | "recall" | "similarity" | "plan";
  ok: boolean;
  /** What was found and what is allowed, in words. */
  detail: string;
}

/**
 * Rows up to which a sequential scan of the app's statement is no fault: below, the planner may rightly find it
 * faster (measured: 1 to 3 ms at some hundred rows).
 */
export const FEW_ROWS = 1000;
/** Most of recall@k that the halfvec index may lose against the vector index. */
export const MOST_RECALL_LOSS = 0.02;
/** Most that one similarity may differ. */
export const MOST_SIMILARITY_DIFFERENCE = 0.01;
