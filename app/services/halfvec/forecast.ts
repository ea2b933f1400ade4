import type { Phase } from "./phases.ts";
import type { StorageFigures } from "./storage.ts";

/** Block size of PostgreSQL as it is built everywhere. */
const BLOCK = 8192;
const PAGE_HEADER = 24;
const LINE_POINTER = 4;
const TUPLE_HEADER = 24;
/** Bytes of a value that one TOAST chunk holds (TOAST_MAX_CHUNK_SIZE at 8 KB blocks). */
const TOAST_CHUNK = 1996;
/** chunk_id, chunk_seq and the length word in front of the data. */
const TOAST_CHUNK_HEADER = 12;
/** Values shorter than about this stay in the row. */
const TOAST_THRESHOLD = 2032;
/** Special space of an HNSW page, header of an element tuple, header of a neighbour tuple (pgvector, hnsw.h). */
const HNSW_SPECIAL = 8;
const HNSW_ELEMENT_HEADER = 72;
const HNSW_NEIGHBOR_HEADER = 4;
const ITEM_POINTER = 6;

/** Bytes of one value: an 8-byte header and the elements (pgvector, vector.h and halfvec.h). */
export function valueBytes(type: "vector" | "halfvec", dimensions: number): number {
  return 8 + dimensions * (type === "vector" ? 4 : 2);
}

/**
 * Forecast of the bytes that one value takes in heap and TOAST. Chunks are laid on pages one after the other, as an
 * insert does; what does not fit begins the next page.
 */
export function storedBytesPerRow(type: "vector" | "halfvec", dimensions: number): number {
  const bytes = valueBytes(type, dimensions);
  if (bytes < TOAST_THRESHOLD) return bytes;
  const chunks: number[] = [];
  for (let left = bytes - 4; left > 0; left -= TOAST_CHUNK) {
    chunks.push(aligned(TUPLE_HEADER + TOAST_CHUNK_HEADER + Math.min(left, TOAST_CHUNK)) + LINE_POINTER);
  }
  const rows = 1000;
  let pages = 1;
  let free = BLOCK - PAGE_HEADER;
  for (let row = 0; row < rows; row++) {
    for (const chunk of chunks) {
      if (chunk > free) {
        pages += 1;
        free = BLOCK - PAGE_HEADER;
      }
      free -= chunk;
    }
  }
  return (pages * BLOCK) / rows;
}

/** Forecast of the bytes that one row takes in an HNSW index: whole elements to a page. */
export function hnswBytesPerRow(type: "vector" | "halfvec", dimensions: number, m: number): number {
  const element = aligned(HNSW_ELEMENT_HEADER + valueBytes(type, dimensions)) + LINE_POINTER;
  const neighbors = aligned(HNSW_NEIGHBOR_HEADER + 2 * m * ITEM_POINTER) + LINE_POINTER;
  const perPage = Math.floor((BLOCK - PAGE_HEADER - HNSW_SPECIAL) / (element + neighbors));
  return perPage > 0 ? BLOCK / perPage : BLOCK + neighbors;
}

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
}

/** Computed, not measured. */
export interface StorageForecast {
  /** Largest size on the way: twin and both indexes stand. */
  peak: StorageFigures;
  /** After the swap: the old index is gone, the backup stays. */
  swapped: StorageFigures;
  /** After contract and a rewrite of the table. */
  contracted: StorageFigures;
}

/** Forecast of the bytes of one table at the turns that are still before it; at those behind it, what it has now. */
export function forecastStorage({
  phase,
  now,
  rows,
  unconverted,
  dimensions,
  m,
}: ForecastBasis): StorageForecast {
  const swappedAlready = phase === "swapped" || phase === "contracted";
  const indexToCome = phase === "baseline" || phase === "expanded";
  const peak = withValues(now, "halfvec", swappedAlready ? 0 : unconverted, dimensions);
  if (indexToCome) peak.halfvecIndexBytes += rows * hnswBytesPerRow("halfvec", dimensions, m);
  const swapped = { ...peak, vectorIndexBytes: swappedAlready ? peak.vectorIndexBytes : 0 };
  const backups = phase === "contracted" ? 0 : rows;
  const contracted = { ...withValues(swapped, "vector", -backups, dimensions), vectorIndexBytes: 0 };
  return { peak, swapped, contracted };
}

/** The figures with so many values of a column more, or fewer: in TOAST where values of that length are. */
function withValues(
  figures: StorageFigures,
  type: "vector" | "halfvec",
  values: number,
  dimensions: number,
): StorageFigures {
  const place = valueBytes(type, dimensions) < TOAST_THRESHOLD ? "heapBytes" : "toastBytes";
  const bytes = figures[place] + values * storedBytesPerRow(type, dimensions);
  return { ...figures, [place]: Math.max(0, bytes) };
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}
