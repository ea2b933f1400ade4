import type { BlockRange } from "./wave.ts";

/** Joins ranges that touch each other. The ranges come in order and do not overlap. */
export function joinRanges(ranges: readonly BlockRange[]): BlockRange[] {
  const joined: BlockRange[] = [];
  for (const range of ranges) {
    const last = joined.at(-1);
    if (last && last.end === range.first) last.end = range.end;
    else joined.push({ ...range });
  }
  return joined;
}
