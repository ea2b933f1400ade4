import { setTimeout as sleep } from "node:timers/promises";
import { throwIfAborted } from "../errors.ts";

/** What stops or slows all workers of a conversion: asked before each transaction. */
export class ConversionControl {
  readonly signal: AbortSignal;
  /** Who paused the conversion, or null. Set by whoever watches the settings. */
  pausedBy: string | null = null;

  constructor(signal: AbortSignal) {
    this.signal = signal;
  }

  /** Returns as soon as work may go on. @throws InterruptedError when the run is to end. */
  async ready(): Promise<void> {
    throwIfAborted(this.signal);
    while (this.pausedBy !== null) {
      await sleep(100, undefined, { signal: this.signal }).catch(() => undefined);
      throwIfAborted(this.signal);
    }
  }
}
