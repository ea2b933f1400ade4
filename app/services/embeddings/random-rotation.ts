import { SeededRandom } from "./seeded-random.ts";

/**
 * A fixed orthogonal map of `dimensions` coordinates, applied in place: it keeps lengths and angles and spreads
 * every coordinate over all others.
 *
 * It is a product of plane (Givens) rotations: in each round the coordinates are paired at random and each pair is
 * turned by 45° or an odd multiple of it. A coordinate is spread over twice as many in each round, so that after a few
 * rounds more than log2(dimensions) every output depends on every input about alike, for O(n log n) work and no n × n
 * matrix.
 */
export class RandomRotation {
  readonly dimensions: number;
  readonly #pairs: Int32Array;
  readonly #cosines: Float64Array;
  readonly #sines: Float64Array;

  /** The same dimensions and seed always make the same map. */
  constructor(dimensions: number, seed: number) {
    const random = new SeededRandom(seed);
    const rounds = Math.ceil(Math.log2(Math.max(2, dimensions))) + 3;
    const half = dimensions >> 1;
    this.dimensions = dimensions;
    this.#pairs = new Int32Array(rounds * half * 2);
    this.#cosines = new Float64Array(rounds * half);
    this.#sines = new Float64Array(rounds * half);
    const order = Int32Array.from({ length: dimensions }, (_, index) => index);
    for (let round = 0; round < rounds; round++) {
      random.shuffle(order);
      this.#pairs.set(order.subarray(0, half * 2), round * half * 2);
      for (let pair = 0; pair < half; pair++) {
        const angle = (random.below(4) + 0.5) * (Math.PI / 2);
        this.#cosines[round * half + pair] = Math.cos(angle);
        this.#sines[round * half + pair] = Math.sin(angle);
      }
    }
  }

  /** Turns `vector` (of `dimensions`) in place. */
  apply(vector: Float64Array): void {
    if (vector.length !== this.dimensions) {
      throw new RangeError(`A rotation of ${this.dimensions} dimensions cannot turn ${vector.length}`);
    }
    const pairs = this.#pairs;
    const cosines = this.#cosines;
    const sines = this.#sines;
    for (let step = 0; step < cosines.length; step++) {
      const i = pairs[2 * step] as number;
      const j = pairs[2 * step + 1] as number;
      const c = cosines[step] as number;
      const s = sines[step] as number;
      const x = vector[i] as number;
      const y = vector[j] as number;
      vector[i] = c * x - s * y;
      vector[j] = s * x + c * y;
    }
  }
}
