import { binaryHalfvec, binaryVector } from "../../embeddings/binary-vector.ts";
import type { SearchedColumn } from "./embedding-column.ts";

/** The same vector is sent to several tables, and again with every search for the same words. */
const sent: Record<SearchedColumn["type"], WeakMap<readonly number[], Buffer>> = {
  vector: new WeakMap(),
  halfvec: new WeakMap(),
};

/**
 * The parameter of a search: the direction of a vector, in the binary form of the type that it is cast to.
 *
 * @param vector is not to be changed afterwards
 */
export function queryVector(vector: readonly number[], type: SearchedColumn["type"]): Buffer {
  const known = sent[type].get(vector);
  if (known !== undefined) return known;
  const unit = unitLength(vector);
  const binary = type === "halfvec" ? binaryHalfvec(unit) : binaryVector(unit);
  sent[type].set(vector, binary);
  return binary;
}

/**
 * The same direction at length 1, so that no value is beyond the range of halfvec (65,504) or lost below it.
 * All zeros stay zeros.
 */
function unitLength(vector: readonly number[]): number[] {
  const largest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) return [...vector];
  const scaled = vector.map((value) => value / largest);
  const length = Math.sqrt(scaled.reduce((sum, value) => sum + value * value, 0));
  return scaled.map((value) => value / length);
}
