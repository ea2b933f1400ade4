import { aligned, BLOCK, FilledPages, LINE_POINTER, PAGE_HEADER } from "./pages.ts";
import { type IndexedType, valueBytes } from "./stored-bytes.ts";

/** Special space of a page, header of an element, header of its neighbours (pgvector 0.8, hnsw.h). */
const SPECIAL = 8;
const ELEMENT_HEADER = 72;
const NEIGHBOR_HEADER = 4;
const ITEM_POINTER = 6;
/** The most that element and neighbours may have together to be kept on one page (HNSW_MAX_SIZE). */
const MAX_TOGETHER = BLOCK - PAGE_HEADER - SPECIAL - LINE_POINTER;

/** Elements that are laid out to find the mean: enough for some of the rare high levels. */
const ELEMENTS = 20_000;
/** Fractions of it are spread evenly between 0 and 1 (the golden ratio). */
const EVENLY = (Math.sqrt(5) - 1) / 2;

/**
 * Forecast of the bytes that one row takes in an HNSW index that was built, not grown by inserts. Lays elements with
 * their neighbours on pages as pgvector does (CreateGraphPages in hnswbuild.c): both on one page where that can be,
 * else the neighbours on the next one. An element of level l, a share of m^-l of them, has (l + 2) × m neighbours. Rows whose
 * values are equal share an element, up to ten, so that an index of signs may turn out smaller.
 */
export function hnswBytesPerRow(type: IndexedType, dimensions: number, m: number): number {
  return (layElements(type, dimensions, m).pages * BLOCK) / ELEMENTS;
}

/** Forecast of what of that is written to the log by the build: each page once, without the room that it has left. */
export function hnswWalBytesPerRow(type: IndexedType, dimensions: number, m: number): number {
  const { pages, filled } = layElements(type, dimensions, m);
  return (filled + pages * (PAGE_HEADER + SPECIAL)) / ELEMENTS;
}

function layElements(
  type: IndexedType,
  dimensions: number,
  m: number,
): { pages: number /** Bytes of all elements. */; filled: number } {
  const element = aligned(ELEMENT_HEADER + valueBytes(type, dimensions));
  const pages = new FilledPages(SPECIAL);
  let filled = 0;
  for (let row = 1; row <= ELEMENTS; row++) {
    const level = Math.floor(-Math.log((row * EVENLY) % 1) / Math.log(m));
    const neighbors = aligned(NEIGHBOR_HEADER + (level + 2) * m * ITEM_POINTER);
    const both = element + LINE_POINTER + neighbors + LINE_POINTER;
    const together = element + neighbors + LINE_POINTER <= MAX_TOGETHER;
    pages.put(element + LINE_POINTER, !pages.hasRoomFor(together ? both : element + LINE_POINTER));
    pages.put(neighbors + LINE_POINTER);
    filled += both;
  }
  return { pages: pages.count, filled };
}
