import type { IndexProfile, IndexTuning } from "../../index-tuning.ts";

// Shares are 0 to 1, times are ISO 8601 in UTC.

export interface RecallMetrics {
  /** The newest verify of each table that has one. */
  readonly verified: readonly VerifiedRecall[];
  readonly shadow: {
    /** VECTOR_SHADOW_READS, 0 to 1. */
    readonly share: number;
    /** The last 24 hours, each table and direction that had any. */
    readonly rows: readonly ShadowRecall[];
  };
  /** The last comparison of both columns on the stored test queries. */
  readonly comparison: AccuracyComparison | null;
  /** The indexes on halfvec values that `index --profile` measured. */
  readonly indexes: readonly MeasuredIndex[];
}

export interface MeasuredIndex {
  readonly table: string;
  readonly index: string;
  readonly profile: IndexProfile;
  /** Whether searches take it. */
  readonly searched: boolean;
  /** Whether the table has grown since by so much that it is to be measured again. */
  readonly outgrown: boolean;
  /** Whether searches go by the tuning; else they take the index as the app is configured, or another one. */
  readonly inUse: boolean;
  readonly tuning: IndexTuning;
}

export interface VerifiedRecall {
  readonly table: string;
  readonly verifiedAt: string;
  readonly k: number;
  readonly queries: number;
  readonly recallVector: number | null;
  readonly recallHalfvec: number | null;
  readonly largestSimilarityDifference: number | null;
}

export interface ShadowRecall {
  readonly table: string;
  /** The column type that answered the user; the other one ran in its shadow. */
  readonly answered: "vector" | "halfvec";
  readonly searches: number;
  /** Mean share of the first ten results that both columns found; null where no shadow read came to its end. */
  readonly overlapAt10: number | null;
  /** Over the rows that both columns found; null as above. */
  readonly largestSimilarityDifference: number | null;
  /** Shadow reads that failed, and those that were not begun because too many were under way. Not among `searches`. */
  readonly failed: number;
  readonly skipped: number;
  readonly lastAt: string;
}

export interface AccuracyComparison {
  readonly comparedAt: string;
  readonly tables: readonly TableAccuracy[];
  /** Means over the tables, weighted by queries; null where no table has one. */
  readonly recallVector: number | null;
  readonly recallHalfvec: number | null;
  /** Of now against before expand, as in StorageReduction; null without a measurement before expand. */
  readonly storageReduction: number | null;
  readonly indexReduction: number | null;
}

export interface TableAccuracy {
  readonly table: string;
  readonly queries: number;
  readonly k: number;
  /** Mean recall@k against exact search over the original values; null where that column or its index is not there. */
  readonly recallVector: number | null;
  readonly recallHalfvec: number | null;
  readonly largestSimilarityDifference: number | null;
}
