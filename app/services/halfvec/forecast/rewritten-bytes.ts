import type { EmbeddingTable } from "../../../embedding-tables.ts";
import type { Phase } from "../phases.ts";
import type { StorageFigures } from "../storage.ts";
import { HALF_PAGE, type ValueStorage } from "../value-storages.ts";
import { btreeBytes, entryBytes } from "./btree-bytes.ts";
import { columnsAt, type EmbeddingColumns } from "./embedding-columns.ts";
import { layRows, MOST_LAID } from "./laid-rows.ts";
import { BLOCK } from "./pages.ts";
import { type ColumnShape, dataBytes, EMBEDDING, type StoredValue, TOAST_TARGET } from "./row-layout.ts";
import { NO_VALUE, type SampledValue } from "./sampled-rows.ts";
import { valueBytes } from "./stored-bytes.ts";
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

/** A key that is longer may be compressed in its index (TOAST_INDEX_TARGET). */
const LONGEST_KEY = 500;
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
  const values = sample.map((sampled) => rewrittenRow(sampled, table, widths, columns, storage));
  const count = Math.min(rows, MOST_LAID);
  const laid = layRows(values, count, { attributes, toastTarget, fillfactor });
  return {
    heapBytes: Math.ceil((laid.pages * rows) / count) * BLOCK,
    toastBytes: (laid.toastBytes * rows) / count,
    otherIndexBytes: widths.indexes.reduce(
      (bytes, index) => bytes - index.bytes + (indexBytes(index, rows, widths) ?? index.bytes),
      otherIndexBytes,
    ),
  };
}

/** A sampled row as the rewrite leaves it: without its vector, and with a halfvec where it has an embedding. */
function rewrittenRow(
  sampled: readonly SampledValue[],
  table: EmbeddingTable,
  { columns }: TableWidths,
  { vector, halfvec }: EmbeddingColumns,
  storage: ValueStorage | undefined,
): StoredValue[] {
  const embedded = sampled[columns.findIndex(({ name }) => name === table.column)] ?? NO_VALUE;
  const bytes = embedded.bytes === null ? null : valueBytes("halfvec", table.dimensions);
  const value = { bytes, compressed: null };
  const placed = (column: ColumnShape) =>
    storage ? { ...column, movable: STORED[storage].movable } : column;
  const values = columns.flatMap((column, place): StoredValue[] => {
    if (column.name === vector) return [];
    if (column.name !== halfvec) return [{ column, ...(sampled[place] ?? NO_VALUE) }];
    return [{ column: placed(column), ...value }];
  });
  return halfvec === null ? [...values, { column: placed(EMBEDDING), ...value }] : values;
}

/** Null where it cannot be forecast. */
function indexBytes(index: BTreeShape, rows: number, { columns, sample }: TableWidths): number | null {
  const places = index.columns.map((name) => columns.findIndex((column) => column.name === name));
  const keys = places.flatMap((place) => columns[place] ?? []);
  let entries = 0;
  for (const sampled of sample) {
    const bytes = places.map((place) => sampled[place]?.bytes ?? null);
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
