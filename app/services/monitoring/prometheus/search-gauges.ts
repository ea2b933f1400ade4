import type { LatencyMetrics, LatencyWindow, RecallMetrics } from "../vector-metrics.ts";
import type { Gauges } from "./gauges.ts";

const WINDOW_NAMES: Readonly<Record<LatencyWindow["minutes"], string>> = { 5: "5m", 60: "1h", 1440: "24h" };

/** How long the searches of all processes took. */
export function setLatencyGauges(gauges: Gauges, { windows }: LatencyMetrics): void {
  for (const { minutes, rows } of windows) {
    for (const row of rows) {
      const kind = {
        table: row.table,
        column_type: row.columnType,
        shadow: String(row.shadow),
        window: WINDOW_NAMES[minutes],
      };
      gauges.set("halfvec_migration_searches", "Searches of all app processes.", kind, row.searches);
      const quantiles = { "0.5": row.p50, "0.95": row.p95, "0.99": row.p99, "1": row.max };
      for (const [quantile, milliseconds] of Object.entries(quantiles)) {
        gauges.set(
          "halfvec_migration_search_latency_seconds",
          "Percentiles of the searches of all app processes.",
          { ...kind, quantile },
          milliseconds / 1000,
        );
      }
    }
  }
}

/** How good the results are: verify, the comparison, and shadow reads of the last 24 hours. */
export function setRecallGauges(gauges: Gauges, { verified, comparison, shadow }: RecallMetrics): void {
  const sources = [
    ["verify", verified],
    ["comparison", comparison?.tables ?? []],
  ] as const;
  for (const [source, tables] of sources) {
    for (const { table, recallVector, recallHalfvec, largestSimilarityDifference } of tables) {
      const recalls = { vector: recallVector, halfvec: recallHalfvec };
      for (const [column_type, recall] of Object.entries(recalls)) {
        gauges.set(
          "halfvec_migration_recall_ratio",
          "Mean recall@10 against exact search over the originals, 0 to 1.",
          { table, column_type, source },
          recall,
        );
      }
      gauges.set(
        "halfvec_migration_similarity_difference",
        "Largest difference of a similarity over halfvec.",
        { table, source },
        largestSimilarityDifference,
      );
    }
  }
  for (const { table, answered, searches, failed, skipped, overlapAt10 } of shadow.rows) {
    for (const [outcome, count] of Object.entries({ compared: searches, failed, skipped })) {
      gauges.set(
        "halfvec_migration_shadow_reads",
        "Searches of the last 24 hours that ran on the other column too.",
        { table, answered, outcome },
        count,
      );
    }
    gauges.set(
      "halfvec_migration_shadow_overlap_ratio",
      "Mean share of the first ten results that both columns found, 0 to 1.",
      { table, answered },
      overlapAt10,
    );
  }
}
