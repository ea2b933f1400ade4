import { RandomRotation } from "./random-rotation.ts";

/**
 * Seed of the lift. Vectors in a database were lifted with it: another value makes them incomparable with new ones.
 */
const LIFT_SEED = 20_260_101;

/**
 * Lifts vectors of `from` dimensions to `to` dimensions by one fixed orthonormal map, so that every length and
 * every cosine is kept (to float precision) and the values are spread over all `to` coordinates.
 *
 * The vector is padded with zeros and turned by a fixed rotation, which is the same as multiplying it by the first
 * `from` columns of an orthogonal matrix. Nothing is learned: the rank stays `from`.
 * @throws {RangeError} if `to` is smaller than `from`, or a vector has another length
 */
export function orthonormalLift(from: number, to: number): (vector: ArrayLike<number>) => number[] {
  if (to < from) throw new RangeError(`Cannot lift ${from} dimensions to ${to}`);
  const rotation = new RandomRotation(to, LIFT_SEED);
  return (vector) => {
    if (vector.length !== from) throw new RangeError(`Expected ${from} dimensions, got ${vector.length}`);
    const lifted = new Float64Array(to);
    lifted.set(vector);
    rotation.apply(lifted);
    return Array.from(lifted, Math.fround);
  };
}
