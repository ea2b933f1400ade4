import { median } from "./statistics.ts";

/** Rows of cells as a Markdown table: the first column to the left, the others to the right. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(header), `|---|${"---:|".repeat(header.length - 1)}`, ...rows.map(line), ""];
}

/** The median of repeated measurements with the least and the most: `5.21 (5.02–5.40)`. A dash of nothing. */
export function spread(values: readonly number[], digits: number, unit = ""): string {
  if (values.length === 0) return "–";
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  return `${median(values).toFixed(digits)}${unit} (${least}–${most})`;
}

/** How many times `value` is of `base`, both medians; a dash where one of them was not measured. */
export function ratio(values: readonly number[], base: readonly number[], digits = 2): string {
  const times = median(values) / median(base);
  return Number.isFinite(times) ? times.toFixed(digits) : "–";
}
