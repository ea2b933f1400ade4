import type { LatencySlot } from "../recording/recorded-figures.ts";
import type { HistogramParts, LatencyHistogram } from "./latency-histogram.ts";

/** Searches of one kind within one slot of time. A stored one is added up as it came. */
export type Slot = Omit<LatencySlot, "histogram"> & { readonly histogram: LatencyHistogram | HistogramParts };
