import type { LatencyFigures } from "../vector-metrics.ts";

/** Upper bound over lower bound is 2^(1/16): the middle of a bucket is at most 2.2 % away from what is in it. */
const BUCKETS_PER_DOUBLING = 16;
const SMALLEST_MS = 0.001;
const LARGEST_MS = 600_000;
const BUCKETS = 467;

/** A histogram as it is stored and sent: the buckets that are not empty, in order, with how many are in each. */
export interface HistogramParts {
  readonly buckets: readonly number[];
  readonly searches: readonly number[];
  /** Milliseconds. */
  readonly slowest: number;
}

/**
 * Durations from 1 µs to 10 minutes in buckets whose bounds grow by a fixed ratio; what is beyond counts as the nearest.
 * The largest one is kept as it is.
 *
 * Histograms add up, over tables, over slots of time and over processes. That is why it is not the one of
 * `node:perf_hooks`: `createHistogram` does not hand out its buckets, so it could not leave its process.
 */
export class LatencyHistogram {
  readonly #searches = new Uint32Array(BUCKETS);
  #count = 0;
  #slowest = 0;

  /** How many durations are in it. */
  get count(): number {
    return this.#count;
  }

  /** The largest one exactly, in milliseconds; 0 where there is none. */
  get slowest(): number {
    return this.#slowest;
  }

  /** Takes one duration in milliseconds. */
  record(milliseconds: number): void {
    this.#put(bucketOf(milliseconds), 1);
    this.#slowest = Math.max(this.#slowest, milliseconds);
  }

  /** Takes all that is in another one, or in the parts of one. */
  add(other: LatencyHistogram | HistogramParts): void {
    if (other instanceof LatencyHistogram) {
      other.#searches.forEach((searches, bucket) => {
        this.#put(bucket, searches);
      });
    } else {
      other.buckets.forEach((bucket, position) => {
        this.#put(bucket, other.searches[position] ?? 0);
      });
    }
    this.#slowest = Math.max(this.#slowest, other.slowest);
  }

  parts(): HistogramParts {
    const buckets = [...this.#searches.keys()].filter((bucket) => this.#searches[bucket] !== 0);
    const searches = buckets.map((bucket) => this.#searches[bucket] ?? 0);
    return { buckets, searches, slowest: this.#slowest };
  }

  /**
   * Percentiles by nearest rank, in milliseconds, for each of `shares` (0.95 is p95) in ascending order. Each is within
   * 2.2 % of the exact one, and exact where it is the largest of all.
   * @throws RangeError where nothing was recorded
   */
  percentiles<Shares extends readonly number[]>(shares: Shares): { [Each in keyof Shares]: number } {
    if (this.#count === 0) throw new RangeError("An empty histogram has no percentiles.");
    let bucket = -1;
    let passed = 0;
    return shares.map((share) => {
      const rank = Math.max(1, Math.ceil(share * this.#count));
      while (passed < rank) passed += this.#searches[++bucket] ?? 0;
      return rank === this.#count ? this.#slowest : Math.min(this.#slowest, middleOf(bucket));
    }) as { [Each in keyof Shares]: number };
  }

  /** What is shown of it. @throws RangeError where nothing was recorded */
  figures(): LatencyFigures {
    const [p50, p95, p99] = this.percentiles([0.5, 0.95, 0.99] as const);
    return { searches: this.#count, p50, p95, p99, max: this.#slowest };
  }

  #put(bucket: number, searches: number): void {
    this.#searches[bucket] = (this.#searches[bucket] ?? 0) + searches;
    this.#count += searches;
  }
}

function bucketOf(milliseconds: number): number {
  if (!(milliseconds > SMALLEST_MS)) return 0;
  return Math.floor(Math.log2(Math.min(milliseconds, LARGEST_MS) / SMALLEST_MS) * BUCKETS_PER_DOUBLING);
}

/** The geometric mean of the bounds of a bucket, in milliseconds. */
function middleOf(bucket: number): number {
  return SMALLEST_MS * 2 ** ((bucket + 0.5) / BUCKETS_PER_DOUBLING);
}
