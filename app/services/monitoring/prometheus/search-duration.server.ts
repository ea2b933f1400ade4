import { Histogram, Registry } from "prom-client";
import type { RecordedSearch } from "../recording/recorded-figures.ts";

/** From a hot index to a scan that should not be, in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

function create() {
  const registry = new Registry();
  const histogram = new Histogram({
    name: "app_search_duration_seconds",
    help: "Searches of one table that this process answered, with their wait for a connection.",
    labelNames: ["table", "column_type", "shadow"] as const,
    buckets: BUCKETS,
    registers: [registry],
  });
  return { registry, histogram };
}

// The development server loads this module again on every change: what was observed outlives it.
const kept = globalThis as typeof globalThis & { searchDuration?: ReturnType<typeof create> };
kept.searchDuration ??= create();

/** The histogram of this process, since its start. */
export const searchDurations: Registry = kept.searchDuration.registry;

const { histogram } = kept.searchDuration;

/** Counts a search into the histogram of this process. Some microseconds. */
export function observeSearch({ table, columnType, shadow, milliseconds }: RecordedSearch): void {
  histogram.observe({ table, column_type: columnType, shadow: String(shadow) }, milliseconds / 1000);
}
