import type { VectorMetrics } from "../vector-metrics.ts";
import { versionOf } from "./metrics-version.server.ts";
import { isMoving } from "./moving.ts";

export interface Reading {
  readonly metrics: VectorMetrics;
  readonly version: string;
}

export interface Pauses {
  /** Milliseconds between two readings while something is under way. */
  readonly moving: number;
  readonly still: number;
}

const PAUSES: Pauses = { moving: 2_000, still: 10_000 };

/** Reads the figures again and again while somebody watches, once for all who do. */
export class MetricsWatch {
  readonly #read: () => Promise<VectorMetrics>;
  readonly #pauses: Pauses;
  readonly #watchers = new Set<(reading: Reading) => void>();
  #timer: NodeJS.Timeout | undefined;
  #reading = false;

  /** @param read the figures as they are now; never rejects */
  constructor(read: () => Promise<VectorMetrics>, pauses: Pauses = PAUSES) {
    this.#read = read;
    this.#pauses = pauses;
  }

  /** Calls `watcher` with every reading from now on, the first one at once. @returns what ends it */
  watch(watcher: (reading: Reading) => void): () => void {
    this.#watchers.add(watcher);
    clearTimeout(this.#timer);
    void this.#look();
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) clearTimeout(this.#timer);
    };
  }

  async #look(): Promise<void> {
    // A reading that is under way is for whoever came meanwhile too.
    if (this.#reading) return;
    this.#reading = true;
    try {
      const metrics = await this.#read();
      const reading = { metrics, version: versionOf(metrics) };
      for (const watcher of this.#watchers) watcher(reading);
      this.#again(isMoving(metrics) ? this.#pauses.moving : this.#pauses.still);
    } catch (error) {
      console.error(error);
      this.#again(this.#pauses.still);
    } finally {
      this.#reading = false;
    }
  }

  #again(pause: number): void {
    clearTimeout(this.#timer);
    if (this.#watchers.size === 0) return;
    this.#timer = setTimeout(() => void this.#look(), pause);
    this.#timer.unref();
  }
}
