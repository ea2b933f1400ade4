import type { Line } from "./point.ts";

/** More rows than anyone reads. */
const MOST_ROWS = 120;

interface Numbers {
  columns: string[];
  rows: { name: string; key: string; cells: string[] }[];
  note?: string;
}

/** What the lines show, a row for each moment; of very many moments every second, third … one. */
export function lineNumbers(lines: readonly Line[], format: (value: number) => string): Numbers {
  const times = [...new Set(lines.flatMap(({ points }) => points.map(({ at }) => at)))].sort((a, b) => a - b);
  const step = Math.ceil(times.length / MOST_ROWS) || 1;
  const values = lines.map(({ points }) => new Map(points.map(({ at, value }) => [at, value])));
  const shown = times.filter((_, position) => (times.length - 1 - position) % step === 0).reverse();
  return {
    columns: ["Time (UTC)", ...lines.map(({ label }) => label)],
    rows: shown.map((at) => ({
      key: String(at),
      name: new Date(at).toISOString().slice(0, 19).replace("T", " "),
      cells: values.map((line) => {
        const value = line.get(at);
        return value === undefined ? "–" : format(value);
      }),
    })),
    ...(step > 1 ? { note: `${shown.length} of ${times.length} points in the picture.` } : {}),
  };
}

/** Each line in words: its last value and between which it was. */
export function lineSummary(lines: readonly Line[], format: (value: number) => string): string {
  return lines
    .map(({ label, points }) => {
      let [lowest, highest, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
      for (const { value } of points) {
        lowest = Math.min(lowest, value);
        highest = Math.max(highest, value);
        last = value;
      }
      if (points.length === 1) return `${label}: ${format(last)}, one point.`;
      return `${label}: ${format(last)} at the end, between ${format(lowest)} and ${format(highest)}.`;
    })
    .join(" ");
}
