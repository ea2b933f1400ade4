import type { LastVectorLatency, LatencyMetrics, TableLatency } from "../vector-metrics.ts";

/** Slower by more than this is told as worse: less is within what one hour differs from the next. */
const SLOWER = 1.15;

/** Of fewer searches p95 is the slowest one: that says nothing yet. */
const FEWEST = 20;

/** How fast search of one table is in halfvec, beside vector as it was measured last. */
export interface SpeedComparison {
  readonly table: string;
  /** Of the last 24 hours. */
  readonly halfvec: TableLatency;
  readonly vector: LastVectorLatency;
  /** Whether p95 has become worse; null where too few searches were measured to say so. */
  readonly slower: boolean | null;
}

/** Of each table for which both were measured; the one that is searched most comes first. */
export function compareSpeed({ windows, lastVector }: LatencyMetrics): SpeedComparison[] {
  const rows = windows.find(({ minutes }) => minutes === 1440)?.rows ?? [];
  return rows
    .filter(({ columnType, shadow }) => columnType === "halfvec" && !shadow)
    .sort((a, b) => b.searches - a.searches)
    .flatMap((halfvec) => {
      const vector = lastVector.find(({ table }) => table === halfvec.table);
      if (vector === undefined) return [];
      const enough = Math.min(halfvec.searches, vector.searches) >= FEWEST;
      const slower = enough ? halfvec.p95 > vector.p95 * SLOWER : null;
      return [{ table: halfvec.table, halfvec, vector, slower }];
    });
}
