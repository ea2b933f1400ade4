import type { EmbeddingTable } from "../../../embedding-tables.ts";
import type { Phase } from "../phases.ts";
import { columnsAt } from "./embedding-columns.ts";
import { MOST_LAID } from "./laid-rows.ts";
import { BLOCK, FilledPages, LINE_POINTER, PAGE_HEADER } from "./pages.ts";
import { EMBEDDING, layOutRow, type StoredValue } from "./row-layout.ts";
import { NO_VALUE } from "./sampled-rows.ts";
import { toastedBytes, valueBytes } from "./stored-bytes.ts";
import type { TableWidths } from "./table-widths.ts";

/** What it adds to a table that every row with an embedding gets a twin. */
export interface TwinBytes {
  /** Of the heap, a share of what it was: for the rows that leave their page. */
  heap: number;
  /** Of TOAST with its index, in bytes a row. */
  toastPerRow: number;
  /** Bytes of the values that go there, without headers, a row. */
  toasted: number;
  /** Share of the rows that leave their page, and the bytes of those, a row of all. */
  moving: number;
  movedBytes: number;
  /** Bytes by which a row grows on its page. */
  grownBytes: number;
}

/** Line pointer of a row's second version: that of the first one stays, and leads to it. */
const SECOND_VERSION = LINE_POINTER;
/** A scan clears a page of old versions where less is free, or an update found too little (heap_page_prune_opt). */
const PRUNED_BELOW = BLOCK / 10;

/**
 * Forecast of what twins add, from sampled rows: the value itself, and a pointer to it in its row, or the value there. A conversion
 * by waves takes one row of each page at a time, the longest first. What does not fit beside its old version goes to another
 * page, and leaves its room to the others.
 *
 * @returns null for a table of which no embedding was sampled.
 */
export function twinBytes(table: EmbeddingTable, phase: Phase, widths: TableWidths): TwinBytes | null {
  const rows = grownRows(table, phase, widths);
  if (rows.length === 0) return null;
  const pages = new FilledPages(Math.floor((BLOCK * (100 - widths.fillfactor)) / 100));
  const onPages: GrownRow[][] = [];
  const toasted: number[] = [];
  let grown = 0;
  for (let place = 0; place < MOST_LAID; place++) {
    const row = rows[place % rows.length] as GrownRow;
    const page = onPages.at(-1);
    if (page === undefined || !pages.hasRoomFor(row.before + LINE_POINTER)) onPages.push([row]);
    else page.push(row);
    pages.put(row.before + LINE_POINTER);
    toasted.push(...row.toasted);
    grown += row.after - row.before;
  }
  const others = new FilledPages();
  const moved = inWaves(onPages.map(leaving));
  for (const { after } of moved) others.put(after + LINE_POINTER);
  return {
    heap: others.count / onPages.length,
    toastPerRow: toastedBytes(toasted) / MOST_LAID,
    toasted: sum(toasted) / MOST_LAID,
    moving: moved.length / MOST_LAID,
    movedBytes: sum(moved.map(({ after }) => after)) / MOST_LAID,
    grownBytes: grown / MOST_LAID,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** One of each page, then the next one of each. */
function inWaves(pages: readonly (readonly GrownRow[])[]): GrownRow[] {
  const most = Math.max(...pages.map(({ length }) => length));
  return Array.from({ length: most }, (_, wave) => pages.flatMap((page) => page[wave] ?? [])).flat();
}

/** A row before and after it gets its twin. */
interface GrownRow {
  /** Its bytes on a page. */
  before: number;
  after: number;
  /** Bytes of each value that goes to TOAST with the twin. */
  toasted: number[];
}

/** The rows of a page that go to others, in their order. */
function leaving(rows: readonly GrownRow[]): GrownRow[] {
  let free = BLOCK - PAGE_HEADER - rows.reduce((sum, { before }) => sum + before + LINE_POINTER, 0);
  let dead = 0;
  let full = false;
  return [...rows]
    .sort((one, other) => other.before - one.before)
    .filter(({ before, after }) => {
      if (full || free < PRUNED_BELOW) {
        free += dead;
        dead = 0;
      }
      full = after + SECOND_VERSION > free;
      if (!full) free -= after + SECOND_VERSION;
      dead += before;
      return full;
    });
}

function grownRows(table: EmbeddingTable, phase: Phase, widths: TableWidths): GrownRow[] {
  const { sample, columns, toastTarget } = widths;
  const { vector, halfvec } = columnsAt(table, phase);
  const place = columns.findIndex(({ name }) => name === table.column);
  const others = columns.filter(({ name }) => name !== vector && name !== halfvec);
  const value = (type: "vector" | "halfvec"): StoredValue => ({
    column: EMBEDDING,
    bytes: valueBytes(type, table.dimensions),
    compressed: null,
  });
  const attributes = widths.attributes - (halfvec === null ? 0 : 1);
  return sample
    .filter((sampled) => (sampled[place] ?? NO_VALUE).bytes !== null)
    .map((sampled) => {
      const values = others.map((column) => ({ column, ...(sampled[columns.indexOf(column)] ?? NO_VALUE) }));
      const before = layOutRow([...values, value("vector")], attributes, toastTarget);
      const withBoth = [...values, value("vector"), value("halfvec")];
      const after = layOutRow(withBoth, attributes + 1, toastTarget);
      const toasted = [...after.outOfLine];
      for (const bytes of before.outOfLine) toasted.splice(toasted.indexOf(bytes), 1);
      return { before: before.bytes, after: after.bytes, toasted };
    });
}
