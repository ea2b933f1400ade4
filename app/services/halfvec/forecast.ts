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

function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}
