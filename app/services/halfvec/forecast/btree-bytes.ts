import { aligned, BLOCK, LINE_POINTER, PAGE_HEADER } from "./pages.ts";

const SPECIAL = 16;
/** Header of an entry, which is also the place of the row that it points to. */
const ENTRY_HEADER = 8;
/** The same with bits for NULL keys. */
const ENTRY_HEADER_WITH_NULLS = 16;
const ITEM_POINTER = 6;
/** A page that is built is left with so much of it empty, above the leaves (BTREE_NONLEAF_FILLFACTOR is 70). */
const EMPTY_ABOVE = Math.floor((BLOCK * 30) / 100);
/** A list of rows with an equal key has at most a tenth of a page (nbtsort.c). */
const MOST_LIST = Math.floor((BLOCK * 10) / 100 / 8) * 8 - LINE_POINTER;
/** The first line pointer of a page is kept for the key at which it ends; the last is counted by PageGetFreeSpace. */
const ROOM = BLOCK - PAGE_HEADER - SPECIAL - 2 * LINE_POINTER;

/** What the size of a B-tree depends on. */
export interface BTreeBasis {
  /** Entries: one for each row. */
  rows: number;
  /** Mean bytes of an entry with its header, aligned, without its line pointer: {@link entryBytes}. */
  entry: number;
  /** Share of a leaf that is filled, in percent: `fillfactor`. */
  fillfactor: number;
  /** Different keys, where equal ones share an entry (deduplication, from PostgreSQL 13 on); else null. */
  distinct: number | null;
}

/** Bytes of an entry of a B-tree: header and keys (index_form_tuple). @param keys bytes of the keys one after the other */
export function entryBytes(keys: number, hasNull: boolean): number {
  return aligned((hasNull ? ENTRY_HEADER_WITH_NULLS : ENTRY_HEADER) + keys);
}

/**
 * Forecast of the bytes of a B-tree that was built, not grown by inserts (nbtsort.c): a page begins when the one before is
 * filled, and takes its last entry over. Equal keys share an entry with a list of their rows, where the index may do that.
 * Keys are taken to repeat evenly.
 */
export function btreeBytes({ rows, entry, fillfactor, distinct }: BTreeBasis): number {
  const metaPage = BLOCK;
  if (rows === 0) return metaPage;
  const leafRoom = ROOM - Math.floor((BLOCK * (100 - fillfactor)) / 100);
  let pages =
    distinct === null || distinct >= rows
      ? Math.ceil(rows / Math.max(1, Math.floor(leafRoom / (entry + LINE_POINTER))))
      : Math.ceil((distinct * bytesOfKey(entry, rows / distinct)) / leafRoom);
  const pivotsOnPage = Math.max(2, Math.floor((ROOM - EMPTY_ABOVE) / (entry + LINE_POINTER)));
  let bytes = metaPage + pages * BLOCK;
  while (pages > 1) {
    pages = Math.ceil(pages / pivotsOnPage);
    bytes += pages * BLOCK;
  }
  return bytes;
}

/** Bytes of one key of so many rows on the leaves, with line pointers. */
function bytesOfKey(entry: number, rows: number): number {
  const most = Math.floor((Math.floor(MOST_LIST / 8) * 8 - entry) / ITEM_POINTER);
  const full = Math.floor(rows / most);
  const rest = rows - full * most;
  return full * listBytes(entry, most) + (rest > 0 ? listBytes(entry, rest) : 0);
}

function listBytes(entry: number, rows: number): number {
  // A single row has its place in the header.
  return LINE_POINTER + (rows <= 1 ? entry : aligned(entry + rows * ITEM_POINTER));
}
