import { BLOCK, FilledPages, LINE_POINTER } from "./pages.ts";
import { layOutRow, type StoredValue } from "./row-layout.ts";
import { toastedBytes } from "./stored-bytes.ts";
import type { TableWidths } from "./table-widths.ts";

/** So many rows tell what any number of them takes. */
export const MOST_LAID = 10_000;

export interface LaidRows {
  /** Of the heap. */
  pages: number;
  /** With its index. */
  toastBytes: number;
}

/** Lays rows on full pages, one after the other, as a rewrite does: `count` of them, again and again from the first. */
export function layRows(
  rows: readonly (readonly StoredValue[])[],
  count: number,
  { attributes, toastTarget, fillfactor }: Pick<TableWidths, "attributes" | "toastTarget" | "fillfactor">,
): LaidRows {
  const layouts = rows.map((values) => layOutRow(values, attributes, toastTarget));
  const pages = new FilledPages(Math.floor((BLOCK * (100 - fillfactor)) / 100));
  const toasted: number[] = [];
  for (let place = 0; place < count; place++) {
    const layout = layouts[place % layouts.length];
    if (layout === undefined) break;
    pages.put(layout.bytes + LINE_POINTER);
    toasted.push(...layout.outOfLine);
  }
  return { pages: pages.count, toastBytes: toastedBytes(toasted) };
}
