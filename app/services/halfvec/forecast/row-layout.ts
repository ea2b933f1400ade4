import { aligned, TUPLE_HEADER } from "./pages.ts";

/** A row that is longer has its long values moved into TOAST until it is not (TOAST_TUPLE_TARGET at 8 KB blocks). */
export const TOAST_TARGET = 2032;
/** What stands in the row for a value that is in TOAST. */
const TOAST_POINTER = 18;
/** A value of variable length up to this one has a header of one byte, and begins anywhere. */
const LONGEST_SHORT = 127;
/** Of a row, in front of the bits for its NULLs. */
const FIXED_HEADER = 23;

/** How PostgreSQL stores the values of a column. */
export interface ColumnShape {
  /** Bytes of whose multiple a value begins: `pg_attribute.attalign`. */
  align: number;
  /** Whether values vary in length: `attlen` is negative. */
  variable: boolean;
  /** Whether a long value may leave its row: `attstorage` is `extended` or `external`. */
  movable: boolean;
}

/** A column of vectors or halfvecs, as pgvector declares their types. */
export const EMBEDDING: ColumnShape = { align: 4, variable: true, movable: true };

/** A value of a row, and its bytes with its header. */
export interface StoredValue {
  column: ColumnShape;
  /** As it is stored; null for NULL. */
  bytes: number | null;
  /** If it were compressed; null where it would not be, or is so already. */
  compressed: number | null;
}

export interface RowLayout {
  /** Of the row, aligned, without its line pointer. */
  bytes: number;
  /** Bytes of each value that is in TOAST. */
  outOfLine: number[];
}

/**
 * Lays one row out as an insert does (heap_form_tuple, heap_toast_insert_or_update). Of a row that is too long the values are
 * compressed, the longest first, until it is short enough; one that alone is too long leaves the row at its turn. Then the
 * longest leave the row.
 *
 * @param target `toast_tuple_target` of the table
 * @param attributes columns that the table ever had: a row with a NULL, and every one of a dropped column is, has a bit for each
 */
export function layOutRow(
  values: readonly StoredValue[],
  attributes: number,
  target = TOAST_TARGET,
): RowLayout {
  const dropped = attributes > values.length;
  const bitmap = dropped || values.some(({ bytes }) => bytes === null) ? Math.ceil(attributes / 8) : 0;
  const header = bitmap === 0 ? TUPLE_HEADER : aligned(FIXED_HEADER + bitmap);
  const inRow = values.map(({ bytes }) => bytes);
  const outOfLine: number[] = [];
  const tooLong = () => header + dataBytes(values, inRow) > target;
  const moveOut = (place: number) => {
    outOfLine.push(inRow[place] ?? 0);
    inRow[place] = TOAST_POINTER;
  };
  for (const place of longestFirst(values, inRow)) {
    if (!tooLong()) break;
    inRow[place] = values[place]?.compressed ?? inRow[place] ?? null;
    if ((inRow[place] ?? 0) > target - header) moveOut(place);
  }
  for (const place of longestFirst(values, inRow)) {
    if (!tooLong()) break;
    moveOut(place);
  }
  return { bytes: aligned(header + dataBytes(values, inRow)), outOfLine };
}

/** Bytes of values one after the other, each where its alignment lets it begin; those of them that are NULL take none. */
export function dataBytes(
  values: readonly Pick<StoredValue, "column">[],
  bytes: readonly (number | null)[],
): number {
  let end = 0;
  for (const [place, { column }] of values.entries()) {
    const length = bytes[place] ?? null;
    if (length === null) continue;
    const anywhere = column.variable && length <= LONGEST_SHORT;
    end = (anywhere ? end : Math.ceil(end / column.align) * column.align) + length;
  }
  return end;
}

/** Places of the values that may be compressed or leave their row. What is no longer than its pointer would gain nothing. */
function longestFirst(values: readonly StoredValue[], inRow: readonly (number | null)[]): number[] {
  const bytes = (place: number) => inRow[place] ?? 0;
  return [...values.keys()]
    .filter((place) => values[place]?.column.movable && bytes(place) > aligned(TOAST_POINTER))
    .sort((one, other) => bytes(other) - bytes(one));
}
