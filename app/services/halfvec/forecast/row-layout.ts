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

/** A value of a row: its bytes with its header as they are stored in a row, or null for NULL. */
export interface StoredValue {
  column: ColumnShape;
  bytes: number | null;
}

export interface RowLayout {
  /** Of the row, aligned, without its line pointer. */
  bytes: number;
  /** Bytes of each value that is in TOAST, from the longest. */
  outOfLine: number[];
}

/**
 * Lays one row out as an insert does (heap_form_tuple, heap_toast_insert_or_update): the longest values leave a row that is too
 * long. None is compressed further: what is compressed was so when it was stored.
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
  let length = header + dataBytes(values, inRow);
  while (length > target) {
    const longest = longestMovable(values, inRow);
    if (longest === undefined) break;
    outOfLine.push(inRow[longest] ?? 0);
    inRow[longest] = TOAST_POINTER;
    length = header + dataBytes(values, inRow);
  }
  return { bytes: aligned(length), outOfLine };
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

function longestMovable(
  values: readonly StoredValue[],
  inRow: readonly (number | null)[],
): number | undefined {
  let longest: number | undefined;
  // What is no longer than its pointer gains nothing.
  let most = aligned(TOAST_POINTER);
  for (const [place, { column }] of values.entries()) {
    const bytes = inRow[place] ?? 0;
    if (!column.movable || bytes <= most) continue;
    longest = place;
    most = bytes;
  }
  return longest;
}
