import { describe, expect, it } from "vitest";
import { SeededRandom } from "../../embeddings/seeded-random.ts";
import { LatencyHistogram } from "./latency-histogram.ts";

function histogramOf(durations: Iterable<number>): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const duration of durations) histogram.record(duration);
  return histogram;
}

/** By nearest rank: of n in ascending order the one at place ⌈share · n⌉. */
function exactPercentile(durations: readonly number[], share: number): number {
  const inOrder = [...durations].sort((a, b) => a - b);
  return inOrder[Math.ceil(share * inOrder.length) - 1] as number;
}

/** Half of a bucket whose bounds stand 2^(1/16) apart. */
const MOST_ERROR = 2 ** (1 / 32) - 1;

describe("LatencyHistogram", () => {
  it("has percentiles by nearest rank", () => {
    // 1 … 10 in steps of 1 ms: rank ⌈0.5 · 10⌉ = 5, ⌈0.25 · 10⌉ = 3, ⌈0.91 · 10⌉ = 10.
    const histogram = histogramOf([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    const [p25, p50, p91] = histogram.percentiles([0.25, 0.5, 0.91] as const);
    expect(Math.abs(p25 / 3 - 1)).toBeLessThanOrEqual(MOST_ERROR);
    expect(Math.abs(p50 / 5 - 1)).toBeLessThanOrEqual(MOST_ERROR);
    expect(p91).toBe(10);
  });

  it("tells a slow one in a hundred from the rest", () => {
    const { searches, p50, p95, p99, max } = histogramOf([...Array(99).fill(4), 250]).figures();
    expect([searches, max]).toEqual([100, 250]);
    for (const percentile of [p50, p95, p99]) {
      expect(Math.abs(percentile / 4 - 1)).toBeLessThanOrEqual(MOST_ERROR);
    }
    const { p99: slow } = histogramOf([...Array(98).fill(4), 250, 250]).figures();
    expect(Math.abs(slow / 250 - 1)).toBeLessThanOrEqual(MOST_ERROR);
  });

  it("gives one duration back exactly", () => {
    expect(histogramOf([12.345]).figures()).toEqual({
      searches: 1,
      p50: 12.345,
      p95: 12.345,
      p99: 12.345,
      max: 12.345,
    });
  });

  it("is within 2.2 % of the exact percentiles of 100,000 durations", () => {
    const random = new SeededRandom(7);
    const durations = Array.from({ length: 100_000 }, () => 0.05 * 40_000 ** random.uniform());
    const shares = [0.001, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1];
    const found = histogramOf(durations).percentiles(shares);
    const errors = shares.map((share, position) =>
      Math.abs((found[position] as number) / exactPercentile(durations, share) - 1),
    );
    expect(Math.max(...errors)).toBeLessThanOrEqual(MOST_ERROR);
    // Not exact by chance: the bound says something.
    expect(Math.max(...errors)).toBeGreaterThan(MOST_ERROR / 10);
    expect(errors.at(-1)).toBe(0);
  });

  it("adds up: two of one half each are one of all", () => {
    const random = new SeededRandom(8);
    const durations = Array.from({ length: 2_000 }, () => random.uniform() * 100);
    const sum = histogramOf(durations.slice(0, 700));
    sum.add(histogramOf(durations.slice(700)));
    const all = histogramOf(durations);
    expect(sum.parts()).toEqual(all.parts());
    expect(sum.figures()).toEqual(all.figures());
  });

  it("can be taken apart and put together again", () => {
    const histogram = histogramOf([0.4, 3, 3.01, 70]);
    const copy = new LatencyHistogram();
    copy.add(histogram.parts());
    expect(copy.figures()).toEqual(histogram.figures());
    expect(copy.count).toBe(4);
  });

  it("puts what is beyond its range into the last bucket on that side, and keeps the largest", () => {
    const { buckets, searches, slowest } = histogramOf([0, 0.0005, 600_000, 3_600_000]).parts();
    expect([buckets.length, searches, slowest]).toEqual([2, [2, 2], 3_600_000]);
    expect(buckets[0]).toBe(0);
    // log2(600 s / 1 µs) · 16 = 466.6
    expect(buckets[1]).toBe(466);
  });

  it("has no percentiles while it is empty", () => {
    expect(() => new LatencyHistogram().figures()).toThrow(RangeError);
  });
});
