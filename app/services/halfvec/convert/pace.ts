import { setTimeout as sleep } from "node:timers/promises";

/** The measured rate is that of the last so many milliseconds. */
const RATE_WINDOW_MS = 10_000;

/** How much of a wave goes into one transaction: follows the measured time. */
export class TransactionSize {
  #blocks: number;
  readonly #targetMs: number;

  /** @param targetMs how long a transaction should take, in milliseconds. */
  constructor(targetMs: number, firstBlocks: number) {
    this.#targetMs = targetMs;
    this.#blocks = firstBlocks;
  }

  /** Blocks for the next transaction, at least 1. */
  get blocks(): number {
    return Math.max(1, Math.round(this.#blocks));
  }

  /** Learns from a transaction over `blocks` blocks that took `ms`. Grows slowly, shrinks at once. */
  measured(blocks: number, ms: number): void {
    const ideal = blocks * (this.#targetMs / Math.max(ms, 0.1));
    this.#blocks = Math.min(4096, ideal < this.#blocks ? ideal : Math.min(ideal, this.#blocks * 1.5));
  }
}

/** A limit of rows per second that all workers of a process share. */
export class RowRate {
  readonly #rowsPerSecond: number;
  #freeAt = performance.now();

  /** @param rowsPerSecond Infinity for no limit. */
  constructor(rowsPerSecond: number) {
    this.#rowsPerSecond = rowsPerSecond;
  }

  /** Most rows that one transaction may take, so that the rate holds from second to second. */
  get rowsPerTransaction(): number {
    return Math.max(1, Math.floor(this.#rowsPerSecond / 4));
  }

  /** Waits until `rows` more fit the rate. */
  async spend(rows: number, signal: AbortSignal): Promise<void> {
    if (!Number.isFinite(this.#rowsPerSecond)) return;
    const now = performance.now();
    this.#freeAt = Math.max(this.#freeAt, now) + (rows / this.#rowsPerSecond) * 1000;
    await sleep(Math.max(0, this.#freeAt - now), undefined, { signal }).catch(() => undefined);
  }
}

/** Rows per second over the last seconds, from a count that is looked at again and again. */
export class MeasuredRate {
  readonly #samples: { at: number; rows: number }[] = [];

  /**
   * @param rows the count now.
   * @param at time of the look, in milliseconds of any clock that only goes forward.
   * @returns rows per second; 0 at the first look.
   */
  measured(rows: number, at: number): number {
    const samples = this.#samples;
    samples.push({ at, rows });
    while (samples.length > 2 && at - (samples[0]?.at ?? at) > RATE_WINDOW_MS) samples.shift();
    const oldest = samples[0];
    const seconds = oldest ? (at - oldest.at) / 1000 : 0;
    return oldest && seconds > 0 ? (rows - oldest.rows) / seconds : 0;
  }
}
