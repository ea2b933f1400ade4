import type { VectorType } from "../../embedding-columns.server.ts";
import { LatencyHistogram } from "../latency/latency-histogram.ts";

/** One search of one table as it was answered. */
export interface RecordedSearch {
  /** Name of the embedding table. */
  readonly table: string;
  /** Of the column that answered. */
  readonly columnType: VectorType;
  /** Whether it ran on the other column, for nobody to wait for. */
  readonly shadow: boolean;
  /** With its wait for a connection. */
  readonly milliseconds: number;
}

/** How one shadow read ended. */
export interface RecordedShadowRead {
  readonly table: string;
  /** Of the column that answered the user. */
  readonly answered: VectorType;
  /** `skipped`: it was not begun because too many were under way. */
  readonly outcome: "failed" | "skipped" | { readonly overlap: number; readonly largestDifference: number };
}

/** Searches of one kind within one slot of time. */
export interface LatencySlot extends Omit<RecordedSearch, "milliseconds"> {
  readonly seconds: number;
  /** Its beginning, in milliseconds since 1970. */
  readonly start: number;
  readonly histogram: LatencyHistogram;
}

/** Shadow reads of one kind within one slot of time. Times are milliseconds since 1970. */
export interface ShadowSlot {
  readonly start: number;
  readonly table: string;
  readonly answered: VectorType;
  searches: number;
  overlapSum: number;
  largestDifference: number;
  failed: number;
  skipped: number;
  lastAt: number;
}

export const MINUTE_SECONDS = 60;
export const QUARTER_SECONDS = 900;

/** How long slots that could not be stored are kept in memory, by their length, in seconds. */
const KEPT_SECONDS = new Map([
  [MINUTE_SECONDS, 2 * 3_600],
  [QUARTER_SECONDS, 24 * 3_600],
]);

/** The beginning of the slot that a time lies in; both in milliseconds since 1970. */
export function slotStart(at: number, seconds: number): number {
  return at - (at % (seconds * 1_000));
}

/** Figures by kind and slot of time. Its size depends on how long it is filled, not on how many searches there are. */
export class RecordedFigures {
  readonly #latencies = new Map<string, LatencySlot>();
  readonly #shadowReads = new Map<string, ShadowSlot>();

  get isEmpty(): boolean {
    return this.#latencies.size === 0 && this.#shadowReads.size === 0;
  }

  get latencies(): LatencySlot[] {
    return [...this.#latencies.values()];
  }

  get shadowReads(): ShadowSlot[] {
    return [...this.#shadowReads.values()];
  }

  /** @param at milliseconds since 1970, as below */
  addSearch({ milliseconds, ...kind }: RecordedSearch, at: number): void {
    for (const seconds of KEPT_SECONDS.keys()) {
      const slot = { seconds, start: slotStart(at, seconds), ...kind };
      this.#histogramOf(slot).record(milliseconds);
    }
  }

  addShadowRead({ table, answered, outcome }: RecordedShadowRead, at: number): void {
    const slot = this.#shadowSlotOf({ start: slotStart(at, QUARTER_SECONDS), table, answered });
    slot.lastAt = Math.max(slot.lastAt, at);
    if (typeof outcome === "string") {
      slot[outcome] += 1;
      return;
    }
    slot.searches += 1;
    slot.overlapSum += outcome.overlap;
    slot.largestDifference = Math.max(slot.largestDifference, outcome.largestDifference);
  }

  /** Takes all that is in another one. */
  add(other: RecordedFigures): void {
    for (const slot of other.latencies) this.#histogramOf(slot).add(slot.histogram);
    for (const slot of other.shadowReads) {
      const own = this.#shadowSlotOf(slot);
      own.searches += slot.searches;
      own.overlapSum += slot.overlapSum;
      own.largestDifference = Math.max(own.largestDifference, slot.largestDifference);
      own.failed += slot.failed;
      own.skipped += slot.skipped;
      own.lastAt = Math.max(own.lastAt, slot.lastAt);
    }
  }

  /** Drops the slots that are too old to wait any longer. */
  forgetOld(now: number): void {
    const isOld = (start: number, seconds: number) => start < now - (KEPT_SECONDS.get(seconds) ?? 0) * 1_000;
    for (const [key, { start, seconds }] of this.#latencies) {
      if (isOld(start, seconds)) this.#latencies.delete(key);
    }
    for (const [key, { start }] of this.#shadowReads) {
      if (isOld(start, QUARTER_SECONDS)) this.#shadowReads.delete(key);
    }
  }

  #histogramOf(slot: Omit<LatencySlot, "histogram">): LatencyHistogram {
    const { seconds, start, table, columnType, shadow } = slot;
    const key = `${seconds} ${start} ${columnType} ${shadow} ${table}`;
    let found = this.#latencies.get(key);
    if (found === undefined) {
      found = { seconds, start, table, columnType, shadow, histogram: new LatencyHistogram() };
      this.#latencies.set(key, found);
    }
    return found.histogram;
  }

  #shadowSlotOf({ start, table, answered }: Pick<ShadowSlot, "start" | "table" | "answered">): ShadowSlot {
    const key = `${start} ${answered} ${table}`;
    let found = this.#shadowReads.get(key);
    if (found === undefined) {
      const none = { searches: 0, overlapSum: 0, largestDifference: 0, failed: 0, skipped: 0, lastAt: 0 };
      found = { start, table, answered, ...none };
      this.#shadowReads.set(key, found);
    }
    return found;
  }
}
