import { setTimeout as sleep } from "node:timers/promises";
import { throwIfAborted } from "../errors.ts";

const LOOK_EVERY_MS = 25;

/** Why all workers stand still; stored with the progress, so that a dashboard can show it. */
export type Hold = "paused" | "replica lag";

/** What stops or slows all workers of a conversion: asked before each transaction. */
export class ConversionControl {
  readonly signal: AbortSignal;
  #hold: Hold | "not looked yet" | null = "not looked yet";

  constructor(signal: AbortSignal) {
    this.signal = signal;
  }

  /**
   * Why no transaction may begin now, or null. Set by whoever watches the conversion. Until that is done for the first
   * time no transaction begins either: a conversion that is started while it is paused converts nothing.
   */
  get hold(): Hold | null {
    return this.#hold === "not looked yet" ? null : this.#hold;
  }

  set hold(hold: Hold | null) {
    this.#hold = hold;
  }

  /** Returns as soon as work may go on. @throws InterruptedError when the run is to end. */
  async ready(): Promise<void> {
    throwIfAborted(this.signal);
    while (this.#hold !== null) {
      await sleep(LOOK_EVERY_MS, undefined, { signal: this.signal }).catch(() => undefined);
      throwIfAborted(this.signal);
    }
  }
}
