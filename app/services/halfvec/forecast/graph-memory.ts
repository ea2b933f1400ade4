import { aligned } from "./pages.ts";
import { type IndexedType, valueBytes } from "./stored-bytes.ts";

/** An element with what stands around it in memory, but for its value and its neighbours. */
const ELEMENT = 176;
/** A neighbour in memory: pointer, distance, flag. */
const NEIGHBOR = 16;
/** The list of a level: its header, and the pointer to it. */
const LIST = 16;

/**
 * Forecast of the bytes of `maintenance_work_mem` that one row takes while an HNSW index is built. Where the graph does not fit, the
 * rows beyond it are inserted one by one. An element has 2 × m neighbours on its lowest level, and m on each further one,
 * which a share of m^-l reach. Sizes as pgvector 0.8.7 takes them from a server of 64 bits: measured for 256 dimensions of
 * each type, m 8, 16 and 32, less than 1 % off.
 */
export function graphBytesPerRow(type: IndexedType, dimensions: number, m: number): number {
  return aligned(valueBytes(type, dimensions)) + 2 * m * NEIGHBOR + ELEMENT + (m * NEIGHBOR + LIST) / (m - 1);
}
