/**
 * Places that work takes one or several of while it runs. Who finds too few waits, first come, first served: a small one does
 * not pass a large one, which would otherwise never have its turn. Who is told to leave, leaves the queue at once.
 */
export class WeightedSlots {
  readonly #waiting = new Set<Waiting>();
  readonly #capacity: number;
  #free: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#free = capacity;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** How many places nobody has; the first who waits may need more than these. */
  get free(): number {
    return this.#free;
  }

  /**
   * Runs `work` as soon as `weight` places are free; as soon as all are, where there are fewer than that.
   *
   * @throws the reason of `signal` when it comes before the turn; what `work` throws
   */
  async run<Result>(weight: number, work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    signal?.throwIfAborted();
    const taken = Math.min(weight, this.#capacity);
    if (this.#waiting.size === 0 && taken <= this.#free) this.#free -= taken;
    else await this.#turn(taken, signal);
    try {
      return await work();
    } finally {
      this.#free += taken;
      this.#handOn();
    }
  }

  async #turn(weight: number, signal?: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(waiting);
        reject(signal?.reason);
        this.#handOn();
      };
      const begin = () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      const waiting = { weight, begin };
      this.#waiting.add(waiting);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }

  #handOn(): void {
    for (const first of this.#waiting) {
      if (first.weight > this.#free) return;
      this.#waiting.delete(first);
      this.#free -= first.weight;
      first.begin();
    }
  }
}

interface Waiting {
  readonly weight: number;
  /** Its places are taken already. */
  readonly begin: () => void;
}
