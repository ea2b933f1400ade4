import { plural } from "../../app/services/halfvec/plural.ts";

export { prettyBytes as formatBytes } from "../../app/services/monitoring/pretty-bytes.ts";

/** Seconds for a person: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")} min`;
}

/** A share of 0 to 1 in percent; a dash where it was not measured. */
export function formatShare(share: number | null, digits = 0): string {
  return share === null ? "–" : `${(share * 100).toFixed(digits)} %`;
}

/** A count with thousands separated. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** A count and the form of the word that goes with it (see `plural`): `1 row`, `2,880 rows`. */
export function formatCounted(count: number, one: string, many?: string): string {
  return `${formatCount(count)} ${plural(Math.round(count), one, many)}`;
}

/** Rows of cells as lines: the first column to the left, the others to the right, two spaces between. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}
