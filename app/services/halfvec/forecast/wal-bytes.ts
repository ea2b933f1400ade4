import type { StorageFigures } from "../storage.ts";
import { hnswWalBytesPerRow } from "./hnsw-bytes.ts";
import { aligned, BLOCK, TUPLE_HEADER } from "./pages.ts";
import { TOAST_CHUNK, TOAST_CHUNK_HEADER } from "./stored-bytes.ts";
import type { TwinBytes } from "./twin-bytes.ts";

/** A record of the log with one block: its header, the block's, and that of its data (PostgreSQL, xlogrecord.h). */
const RECORD = 24 + 20 + 2;
/** What an INSERT and an UPDATE say besides their row, of which the log leaves out all of the header but a byte (heapam_xlog.h). */
const INSERT = 3 + 5;
const UPDATE = 14 + 5;
const UNLOGGED_HEADER = TUPLE_HEADER - 1;
const LOCK = 8;
/** An entry of a B-tree with a key of a uuid or of a chunk. */
const ENTRY = 24;
/** What clearing a page of one old version says, and the commit of a wave its share. */
const PRUNE = 12;
/** A row is locked when it is chosen, and once more when it is updated. */
const LOCKS = 2;

/** What a conversion and the build of its index log, as far as it depends on the table. */
export interface WalBasis {
  now: StorageFigures;
  dimensions: number;
  /** Of the HNSW index. */
  m: number;
  /** Rows that have no twin yet. */
  unconverted: number;
  /** Rows that the index to build will hold; 0 where it stands. */
  toIndex: number;
  /** All rows. */
  rows: number;
  /** Null where nothing was sampled. */
  twins: TwinBytes | null;
  /** B-trees of the table: a row that leaves its page gets a new entry in each. */
  btrees: number;
}

/**
 * Forecast of the bytes of the write-ahead log that a conversion and the build of its index write. With the images of the
 * pages that are changed for the first time after a checkpoint, once each, as it is where one falls into the run; without `wal_compression`.
 * Waves come by a page of the heap again soon, but rows that leave it are anywhere in the indexes.
 */
export function walBytes({
  now,
  dimensions,
  m,
  unconverted,
  toIndex,
  rows,
  twins,
  btrees,
}: WalBasis): number {
  const built = toIndex * hnswWalBytesPerRow("halfvec", dimensions, m);
  if (twins === null || rows === 0) return built;
  const moved = unconverted * twins.moving;
  const images =
    now.heapBytes * (unconverted / rows) +
    Math.min(now.otherIndexBytes, moved * btrees * BLOCK) +
    Math.min(now.vectorIndexBytes, moved * hnswWalBytesPerRow("vector", dimensions, m));
  return unconverted * rowRecords(twins, btrees) + images + built;
}

/** What the log takes for one row, some of which leave their page. */
function rowRecords({ toasted, moving, movedBytes, grownBytes }: TwinBytes, btrees: number): number {
  const chunks = Math.ceil(toasted / TOAST_CHUNK);
  const entry = aligned(RECORD + ENTRY);
  const chunk = RECORD + INSERT + TUPLE_HEADER + TOAST_CHUNK_HEADER - UNLOGGED_HEADER;
  const inToast = toasted + chunks * (chunk + entry);
  const stays = aligned(RECORD + UPDATE + grownBytes) + aligned(RECORD + PRUNE);
  const moves = aligned(RECORD + UPDATE) + (btrees + 1) * entry;
  return inToast + LOCKS * aligned(RECORD + LOCK) + (1 - moving) * stays + moving * moves + movedBytes;
}
