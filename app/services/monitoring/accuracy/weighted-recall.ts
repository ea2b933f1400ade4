import type { TableAccuracy } from "../vector-metrics.ts";

/** The mean of a recall over all tables that have one, each counting as often as it was asked; null of none. */
export function weightedRecall(
  tables: readonly Pick<TableAccuracy, "queries" | "recallVector" | "recallHalfvec">[],
  which: "recallVector" | "recallHalfvec",
): number | null {
  let queries = 0;
  let sum = 0;
  for (const table of tables) {
    const recall = table[which];
    if (recall === null) continue;
    queries += table.queries;
    sum += recall * table.queries;
  }
  return queries === 0 ? null : sum / queries;
}
