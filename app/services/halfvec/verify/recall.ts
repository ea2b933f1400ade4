/** A neighbour: which row, and its exact cosine similarity to the query (over the original vectors). */
export interface Neighbour {
  key: string;
  similarity: number;
}

/** Similarities closer than this are the same: the rounding of a sum of 1,536 products in single precision. */
const TIE = 1e-6;

/**
 * Share of the `k` true neighbours that an approximate search found. A result counts when it is one of them, or as
 * near as the k-th: rows of equal distance may stand for each other (the definition of ann-benchmarks). The key is
 * looked at too because the two similarities are computed in different ways, and may round apart by more than a tie.
 *
 * @param exact true neighbours, nearest first; fewer than `k` where the table has fewer.
 * @param found results of the approximate search with their exact similarity.
 * @returns 0 to 1; 1 where there is nothing to find.
 */
export function recallAt(k: number, exact: readonly Neighbour[], found: readonly Neighbour[]): number {
  const truth = exact.slice(0, k);
  const last = truth.at(-1);
  if (!last) return 1;
  const keys = new Set(truth.map(({ key }) => key));
  const hits = found
    .slice(0, k)
    .filter(({ key, similarity }) => keys.has(key) || similarity >= last.similarity - TIE).length;
  return Math.min(hits, truth.length) / truth.length;
}

/** Arithmetic mean, or null of nothing. */
export function mean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
