import type { EmbeddingTable } from "../../../embedding-tables.ts";
import type { Phase } from "../phases.ts";
import type { StorageFigures } from "../storage.ts";
import { HALF_PAGE, type ValueStorage } from "../value-storages.ts";
import { btreeBytes, entryBytes } from "./btree-bytes.ts";
import { BLOCK, FilledPages, LINE_POINTER } from "./pages.ts";
import { dataBytes, layOutRow, type StoredValue, TOAST_TARGET } from "./row-layout.ts";
import { toastedBytes, valueBytes } from "./stored-bytes.ts";
import type { BTreeShape, TableWidths } from "./table-widths.ts";

/** What a table takes when it is written anew without its vector column, but for its HNSW indexes. Computed, not measured. */
export type RewrittenBytes = Pick<StorageFigures, "heapBytes" | "toastBytes" | "otherIndexBytes">;

export interface RewrittenBasis {
  table: EmbeddingTable;
  phase: Phase;
  /** All indexes but those of embeddings, measured. */
  otherIndexBytes: number;
  /** All rows, those without an embedding too. */
  rows: number;
  widths: TableWidths;
  /** Where the rewrite puts the values; as they are unless given. */
  storage?: ValueStorage;
}

/** Sampled rows are laid out again and again until there are so many. */
const MOST_LAID = 10_000;
/** A key that is longer may be compressed in its index (TOAST_INDEX_TARGET). */
const LONGEST_KEY = 500;
/** The column that expand adds. */
const HALFVEC = { align: 4, variable: true, movable: true };
const STORED: Record<ValueStorage, { movable: boolean; toastTarget: number }> = {
  inline: { movable: false, toastTarget: HALF_PAGE },
  toast: { movable: true, toastTarget: TOAST_TARGET },
};

/**
 * Forecast of a table after contract and a rewrite: its rows on full pages, its values in TOAST without dead space, its B-trees
 * built anew. All of that from sampled rows: the fewer of them hold most of the bytes, the rougher it is. Indexes that are
 * partial, of expressions, of long keys, of another method, or of repeating keys of which ANALYZE has counted none, keep
 * their measured bytes. Free space map and visibility map, which the next VACUUM makes anew, are not in it.
 *
 * @returns null for a table of which no row was sampled: what it holds now is all that is known.
 */
export function rewrittenBytes({
  table,
  phase,
  rows,
  otherIndexBytes,
  widths,
  storage,
}: RewrittenBasis): RewrittenBytes | null {
  const { sample, fillfactor } = widths;
  if (sample.length === 0 || rows === 0) return null;
  const columns = columnsAt(table, phase);
  const toastTarget = storage === undefined ? widths.toastTarget : STORED[storage].toastTarget;
  const attributes = widths.attributes + (columns.halfvec === null ? 1 : 0);
  const pages = new FilledPages(Math.floor((BLOCK * (100 - fillfactor)) / 100));
  const toasted: number[] = [];
  const laid = Math.min(rows, MOST_LAID);
  for (let row = 0; row < laid; row++) {
    const values = rewrittenRow(sample[row % sample.length] ?? [], table, widths, columns, storage);
    const { bytes, outOfLine } = layOutRow(values, attributes, toastTarget);
    pages.put(bytes + LINE_POINTER);
    toasted.push(...outOfLine);
  }
  return {
    heapBytes: Math.ceil((pages.count * rows) / laid) * BLOCK,
    toastBytes: (toastedBytes(toasted) * rows) / laid,
    otherIndexBytes: widths.indexes.reduce(
      (bytes, index) => bytes - index.bytes + (indexBytes(index, rows, widths) ?? index.bytes),
      otherIndexBytes,
    ),
  };
}

/** A sampled row as the rewrite leaves it: without its vector, and with a halfvec where it has an embedding. */
function rewrittenRow(
  sizes: readonly (number | null)[],
  table: EmbeddingTable,
  { columns }: TableWidths,
  { vector, halfvec }: EmbeddingColumns,
  storage: ValueStorage | undefined,
): StoredValue[] {
  const embedded = sizes[columns.findIndex(({ name }) => name === table.column)] ?? null;
  const bytes = embedded === null ? null : valueBytes("halfvec", table.dimensions);
  const values = columns.flatMap((column, place): StoredValue[] => {
    if (column.name === vector) return [];
    if (column.name !== halfvec) return [{ column, bytes: sizes[place] ?? null }];
    return [{ column: storage ? { ...column, movable: STORED[storage].movable } : column, bytes }];
  });
  return halfvec === null ? [...values, { column: HALFVEC, bytes }] : values;
}

/** Names of the columns that hold the vectors and the halfvecs; null where there is none. */
interface EmbeddingColumns {
  vector: string | null;
  halfvec: string | null;
}

function columnsAt({ column, twin, backup }: EmbeddingTable, phase: Phase): EmbeddingColumns {
  switch (phase) {
    case "swapped":
      return { vector: backup, halfvec: column };
    case "contracted":
      return { vector: null, halfvec: column };
    case "expanded":
    case "indexed":
      return { vector: column, halfvec: twin };
    default:
      return { vector: column, halfvec: null };
  }
}

/** Null where it cannot be forecast. */
function indexBytes(index: BTreeShape, rows: number, { columns, sample }: TableWidths): number | null {
  const places = index.columns.map((name) => columns.findIndex((column) => column.name === name));
  const keys = places.flatMap((place) => columns[place] ?? []);
  let entries = 0;
  for (const sizes of sample) {
    const bytes = places.map((place) => sizes[place] ?? null);
    if (bytes.some((one) => one !== null && one > LONGEST_KEY)) return null;
    entries += entryBytes(
      dataBytes(
        keys.map((column) => ({ column })),
        bytes,
      ),
      bytes.includes(null),
    );
  }
  let distinct: number | null = null;
  if (index.deduplicates) {
    distinct = 1;
    for (const key of keys) {
      if (key.distinct === null) return null;
      distinct *= key.distinct < 0 ? -key.distinct * rows : key.distinct;
    }
  }
  return btreeBytes({ rows, entry: entries / sample.length, fillfactor: index.fillfactor, distinct });
}
