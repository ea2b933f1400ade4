import { type StorageFigures, totalBytes } from "../../halfvec/storage.ts";
import type {
  ForecastStorage,
  MeasuredStorage,
  StorageComparison,
  StorageReduction,
} from "../vector-metrics.ts";

/** What a table takes at one moment after another; `stored` oldest first. */
export interface StorageCourse {
  readonly before: MeasuredStorage | null;
  readonly stored: readonly MeasuredStorage[];
  readonly now: MeasuredStorage;
  readonly after: ForecastStorage | null;
}

/** The moments of one table beside each other, with what was saved. */
export function compareStorage({ before, stored, now, after }: StorageCourse): StorageComparison {
  const peak = [...stored, now].reduce((most, one) => (one.totalBytes > most.totalBytes ? one : most), now);
  return {
    before,
    // Nothing to compare with: `now` says it.
    peak: stored.length === 0 ? null : peak,
    now,
    after,
    reduction:
      before === null
        ? null
        : { now: reductionOf(before, now), after: after === null ? null : reductionOf(before, after) },
  };
}

/**
 * Sums over all tables; a moment that one of them lacks is null. The peak is the sum of each table's own: every step is
 * taken by all tables before the next one begins.
 */
export function sumStorage(tables: readonly StorageComparison[], measuredAt: string): StorageComparison {
  const sumMeasured = (all: readonly (StorageFigures | null)[]): MeasuredStorage | null => {
    const figures = sumOf(all);
    return figures && { ...figures, measuredAt };
  };
  const peak = sumMeasured(tables.map((table) => table.peak));
  const left = tables.some((table) => table.after !== null);
  return compareStorage({
    before: sumMeasured(tables.map((table) => table.before)),
    stored: peak === null ? [] : [peak],
    now: { ...sumFigures(tables.map((table) => table.now)), measuredAt },
    // A table with nothing left to do stands in the sum with what it has.
    after: left ? sumOf(tables.map((table) => table.after ?? table.now)) : null,
  });
}

/** Bytes saved, as shares of what there was before; below 0 where it grew. */
export function reductionOf(before: StorageFigures, after: StorageFigures): StorageReduction {
  return {
    table: saved(before.heapBytes + before.toastBytes, after.heapBytes + after.toastBytes) ?? 0,
    index: after.halfvecIndexBytes === 0 ? null : saved(before.vectorIndexBytes, after.halfvecIndexBytes),
    total: saved(totalBytes(before), totalBytes(after)) ?? 0,
  };
}

function saved(before: number, after: number): number | null {
  return before === 0 ? null : 1 - after / before;
}

function sumOf(all: readonly (StorageFigures | null)[]): ForecastStorage | null {
  const known = all.filter((one) => one !== null);
  return known.length === all.length && known.length > 0 ? sumFigures(known) : null;
}

function sumFigures(all: readonly StorageFigures[]): ForecastStorage {
  const sum = (figure: keyof StorageFigures) => all.reduce((total, one) => total + one[figure], 0);
  return withTotal({
    heapBytes: sum("heapBytes"),
    toastBytes: sum("toastBytes"),
    vectorIndexBytes: sum("vectorIndexBytes"),
    halfvecIndexBytes: sum("halfvecIndexBytes"),
    otherIndexBytes: sum("otherIndexBytes"),
  });
}

/** The figures with their sum. */
export function withTotal(figures: StorageFigures): ForecastStorage {
  const { heapBytes, toastBytes, vectorIndexBytes, halfvecIndexBytes, otherIndexBytes } = figures;
  return {
    heapBytes,
    toastBytes,
    vectorIndexBytes,
    halfvecIndexBytes,
    otherIndexBytes,
    totalBytes: totalBytes(figures),
  };
}
