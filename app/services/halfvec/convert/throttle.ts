import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";
import { horizonHolder } from "./horizon.ts";

/** Fewer HOT updates than this, after the first row of each page has left, mean that pages are not pruned. */
const HEALTHY_HOT_SHARE = 0.5;
/** Updates looked at before the share counts. */
const WINDOW_ROWS = 200;
/** A snapshot younger than this is the app's ordinary work (seconds). */
const OLD_SNAPSHOT_SECONDS = 0.5;

/**
 * Notices that room is not made any more, and waits for the session that is to blame rather than bloat table and
 * index. Waits for one holder `patienceSeconds` at the most; then the conversion goes on the slow way.
 */
export class HorizonThrottle {
  #rows = 0;
  #hot = 0;
  #patienceMs: number;
  #waitsFor: string | null = null;
  readonly #report: (reason: string) => void;

  constructor(patienceSeconds: number, report: (reason: string) => void) {
    this.#patienceMs = patienceSeconds * 1000;
    this.#report = report;
  }

  /** What a worker waits for now, in words, or null. */
  get waitsFor(): string | null {
    return this.#waitsFor;
  }

  /** Counts the updates of a wave that is not the first of its pages, and waits where too few were HOT. */
  async measured(client: ClientBase, converted: number, hot: number, signal: AbortSignal): Promise<void> {
    this.#rows += converted;
    this.#hot += hot;
    if (this.#rows < WINDOW_ROWS) return;
    const healthy = this.#hot / this.#rows >= HEALTHY_HOT_SHARE;
    this.#rows = 0;
    this.#hot = 0;
    if (healthy) return;
    try {
      await this.#waitForHorizon(client, signal);
    } finally {
      this.#waitsFor = null;
    }
  }

  async #waitForHorizon(client: ClientBase, signal: AbortSignal): Promise<void> {
    const began = performance.now();
    while (!signal.aborted) {
      const holder = await horizonHolder(client, OLD_SNAPSHOT_SECONDS);
      if (holder === null) return;
      if (performance.now() - began > this.#patienceMs) {
        this.#report(`${holder}; it does not end, so rows are converted the slow way, through every index`);
        this.#patienceMs = 0;
        return;
      }
      const reason = `${holder}; pages cannot be cleaned before it ends`;
      if (reason !== this.#waitsFor) this.#report(reason);
      this.#waitsFor = reason;
      await sleep(1000, undefined, { signal }).catch(() => undefined);
    }
  }
}
