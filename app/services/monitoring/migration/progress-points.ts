import type { ProgressPoint } from "../vector-metrics.ts";

/** How far a conversion was at one moment, as it is stored. */
export interface StoredProgress {
  readonly at: Date;
  readonly converted: number;
  readonly hot: number;
}

/** @param stored oldest first. @returns one point for each, with what happened since the one before. */
export function progressPoints(stored: readonly StoredProgress[]): ProgressPoint[] {
  return stored.map((now, index) => {
    const point = { at: now.at.toISOString(), rowsConverted: now.converted };
    const before = stored[index - 1];
    if (before === undefined) return { ...point, rowsPerSecond: null, hotShare: null };
    const rows = now.converted - before.converted;
    const seconds = (now.at.getTime() - before.at.getTime()) / 1000;
    return {
      ...point,
      // Fewer rows than before: another conversion began anew, after a rollback.
      rowsPerSecond: seconds > 0 && rows >= 0 ? rows / seconds : null,
      hotShare: rows > 0 ? Math.min(1, Math.max(0, (now.hot - before.hot) / rows)) : null,
    };
  });
}
