import type { Phase } from "../phases.ts";
import { type StorageFigures, totalBytes } from "../storage.ts";
import { hnswBytesPerRow } from "./hnsw-bytes.ts";
import type { RewrittenBytes } from "./rewritten-bytes.ts";
import { type IndexedType, isToasted, storedBytesPerRow } from "./stored-bytes.ts";
import type { TwinBytes } from "./twin-bytes.ts";

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
  /** As it was measured before expand; without it what is now stands for that. */
  baseline?: { figures: StorageFigures; rows: number } | null;
  /** What twins add; without it, by their length alone. */
  twins?: TwinBytes | null;
  /** Heap, TOAST and B-trees after contract and a rewrite; without it they are taken to stay as they are measured. */
  rewritten?: RewrittenBytes | null;
}

/** Computed, not measured. */
export interface StorageForecast {
  /** Largest size on the way: twin and both indexes stand. From the baseline, whatever the table is now. */
  peak: StorageFigures;
  /** After the swap: the old index is gone, the backup stays. */
  swapped: StorageFigures;
  /** After contract and a rewrite of the table. */
  contracted: StorageFigures;
  /** The same with a compact index in place of the halfvec index. */
  compact: StorageFigures;
  /** Bytes that are still to come until the largest size; 0 after the swap. */
  toCome: number;
}

/** Forecast of the bytes of one table at the turns of its migration, those behind it too. */
export function forecastStorage(basis: ForecastBasis): StorageForecast {
  const { phase, now, rows, unconverted, dimensions, m, baseline, rewritten } = basis;
  const index = (type: IndexedType, count = rows) => count * hnswBytesPerRow(type, dimensions, m);
  const swappedAlready = phase === "swapped" || phase === "contracted";
  const filled = withTwins(now, swappedAlready ? 0 : unconverted, basis);
  const indexToCome = phase === "baseline" || phase === "expanded";
  if (indexToCome) filled.halfvecIndexBytes += index("halfvec");
  const peak = baseline
    ? {
        ...withTwins(baseline.figures, baseline.rows, { ...basis, rows: baseline.rows }),
        halfvecIndexBytes: index("halfvec", baseline.rows),
      }
    : filled;
  const backups = phase === "contracted" ? 0 : rows;
  const left = rewritten ?? withoutVectors(filled, backups, dimensions);
  const contracted = { ...filled, ...left, vectorIndexBytes: 0, halfvecIndexBytes: index("halfvec") };
  return {
    peak,
    swapped: { ...peak, vectorIndexBytes: 0 },
    contracted,
    compact: { ...contracted, halfvecIndexBytes: index("bit") },
    toCome: totalBytes(filled) - totalBytes(now),
  };
}

function withTwins(
  figures: StorageFigures,
  values: number,
  { rows, dimensions, twins }: Pick<ForecastBasis, "rows" | "dimensions" | "twins">,
): StorageFigures {
  if (!twins) return withValues(figures, "halfvec", values, dimensions);
  const share = rows > 0 ? values / rows : 0;
  return {
    ...figures,
    heapBytes: figures.heapBytes * (1 + twins.heap * share),
    toastBytes: figures.toastBytes + values * twins.toastPerRow,
  };
}

function withoutVectors(figures: StorageFigures, values: number, dimensions: number): RewrittenBytes {
  const { heapBytes, toastBytes, otherIndexBytes } = withValues(figures, "vector", -values, dimensions);
  return { heapBytes, toastBytes, otherIndexBytes };
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
