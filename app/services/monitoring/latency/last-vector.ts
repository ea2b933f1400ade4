import { QUARTER_SECONDS } from "../recording/recorded-figures.ts";
import type { LastVectorLatency } from "../vector-metrics.ts";
import { LatencyHistogram } from "./latency-histogram.ts";
import type { Slot } from "./slot.ts";

/**
 * How long searches of vector took when it was measured last, table by table: after the swap nothing measures it again.
 * @param slots of any kind; those of vector reach back 24 hours from the last one of their table, and no further
 */
export function lastVectorOf(slots: readonly Slot[]): LastVectorLatency[] {
  const ofVector = slots.filter(
    ({ seconds, columnType, shadow }) => seconds === QUARTER_SECONDS && columnType === "vector" && !shadow,
  );
  const tables = [...new Set(ofVector.map(({ table }) => table))].sort();
  return tables.map((table) => {
    const ofTable = ofVector.filter((slot) => slot.table === table);
    const last = Math.max(...ofTable.map(({ start }) => start));
    const histogram = new LatencyHistogram();
    for (const slot of ofTable) histogram.add(slot.histogram);
    const until = new Date(last + QUARTER_SECONDS * 1_000).toISOString();
    return { table, until, ...histogram.figures() };
  });
}
