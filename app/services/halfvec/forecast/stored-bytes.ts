import { aligned, BLOCK, FilledPages, LINE_POINTER, PAGE_HEADER, TUPLE_HEADER } from "./pages.ts";
import { TOAST_TARGET } from "./row-layout.ts";

/** Bytes of a value that one TOAST chunk holds (TOAST_MAX_CHUNK_SIZE at 8 KB blocks). */
export const TOAST_CHUNK = 1996;
/** chunk_id, chunk_seq and the length word in front of the data. */
export const TOAST_CHUNK_HEADER = 12;
/** In front of a value in its row; its chunks do not have it. */
const LENGTH_WORD = 4;
/** An entry of the index of a TOAST table: header, chunk_id, chunk_seq, line pointer. */
const TOAST_INDEX_ENTRY = 20;
const BTREE_SPECIAL = 16;
/** How full a B-tree leaves its pages where keys only grow. */
const BTREE_FILL = 0.9;

/** Rows that are laid out to find the mean. */
const ROWS = 1000;

/** What an HNSW index holds of a vector: its values in single or half precision, or the sign of each. */
export type IndexedType = "vector" | "halfvec" | "bit";

const BITS = { vector: 32, halfvec: 16, bit: 1 } as const;

/** Bytes of one value: a header of 8 bytes and the elements (pgvector, vector.h and halfvec.h; PostgreSQL, varbit.h). */
export function valueBytes(type: IndexedType, dimensions: number): number {
  return 8 + Math.ceil((dimensions * BITS[type]) / 8);
}

/** Whether a value of that length leaves its row for TOAST, however short the rest of the row is. */
export function isToasted(type: "vector" | "halfvec", dimensions: number): boolean {
  return TUPLE_HEADER + valueBytes(type, dimensions) > TOAST_TARGET;
}

/**
 * Forecast of the bytes that one value takes in TOAST with its index, or else in the heap. Chunks are laid on pages one
 * after the other, as an insert does; what does not fit begins the next page.
 */
export function storedBytesPerRow(type: "vector" | "halfvec", dimensions: number): number {
  const bytes = valueBytes(type, dimensions);
  if (!isToasted(type, dimensions)) return bytes;
  return toastedBytes(Array<number>(ROWS).fill(bytes)) / ROWS;
}

/** Forecast of the bytes that values take in TOAST with its index. @param values bytes of each with its header, in the order of the rows */
export function toastedBytes(values: readonly number[]): number {
  const pages = new FilledPages();
  let chunks = 0;
  for (const bytes of values) {
    for (let left = bytes - LENGTH_WORD; left > 0; left -= TOAST_CHUNK) {
      pages.put(aligned(TUPLE_HEADER + TOAST_CHUNK_HEADER + Math.min(left, TOAST_CHUNK)) + LINE_POINTER);
      chunks += 1;
    }
  }
  const entriesPerPage = Math.floor(((BLOCK - PAGE_HEADER - BTREE_SPECIAL) * BTREE_FILL) / TOAST_INDEX_ENTRY);
  return pages.count * BLOCK + (chunks * BLOCK) / entriesPerPage;
}
