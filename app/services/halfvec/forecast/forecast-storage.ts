import type { Phase } from "../phases.ts";
import type { StorageFigures } from "../storage.ts";
import { hnswBytesPerRow } from "./hnsw-bytes.ts";
import type { RewrittenBytes } from "./rewritten-bytes.ts";
import { isToasted, storedBytesPerRow } from "./stored-bytes.ts";

/** What a table holds now, as far as its size to come depends on it. Rows are those with an embedding. */
export interface ForecastBasis {
  phase: Phase;
  now: StorageFigures;
  rows: number;
  /** Rows that have no twin yet. */
  unconverted: number;
  dimensions: number;
  /** Of the HNSW index. */
  m: number;
  /** Heap, TOAST and B-trees after contract and a rewrite; without it they are taken to stay as they are measured. */
  rewritten?: RewrittenBytes | null;
}

/** Computed, not measured. */
export interface StorageForecast {
  /** Largest size on the way: twin and both indexes stand. */
  peak: StorageFigures;
  /** After the swap: the old index is gone, the backup stays. */
  swapped: StorageFigures;
  /** After contract and a rewrite of the table. */
  contracted: StorageFigures;
  /** The same with a compact index in place of the halfvec index. */
  compact: StorageFigures;
}

/** Forecast of the bytes of one table at the turns that are still before it; at those behind it, what it has now. */
export function forecastStorage({
  phase,
  now,
  rows,
  unconverted,
  dimensions,
  m,
  rewritten,
}: ForecastBasis): StorageForecast {
  const swappedAlready = phase === "swapped" || phase === "contracted";
  const indexToCome = phase === "baseline" || phase === "expanded";
  const peak = withValues(now, "halfvec", swappedAlready ? 0 : unconverted, dimensions);
  if (indexToCome) peak.halfvecIndexBytes += rows * hnswBytesPerRow("halfvec", dimensions, m);
  const swapped = { ...peak, vectorIndexBytes: swappedAlready ? peak.vectorIndexBytes : 0 };
  const backups = phase === "contracted" ? 0 : rows;
  const left = rewritten ?? withValues(swapped, "vector", -backups, dimensions);
  const contracted = { ...swapped, ...left, vectorIndexBytes: 0 };
  const compact = { ...contracted, halfvecIndexBytes: rows * hnswBytesPerRow("bit", dimensions, m) };
  return { peak, swapped, contracted, compact };
}

/** The figures with so many values of a column more, or fewer: in TOAST where values of that length are. */
function withValues(
  figures: StorageFigures,
  type: "vector" | "halfvec",
  values: number,
  dimensions: number,
): StorageFigures {
  const place = isToasted(type, dimensions) ? "toastBytes" : "heapBytes";
  const bytes = figures[place] + values * storedBytesPerRow(type, dimensions);
  return { ...figures, [place]: Math.max(0, bytes) };
}
