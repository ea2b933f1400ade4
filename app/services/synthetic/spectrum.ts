/** How a set of vectors is distributed. */
export interface Spectrum {
  /** Mean cosine over random pairs. */
  meanCosine: number;
  /** Standard deviation of it. */
  cosineDeviation: number;
  /** Cosine to the nearest other vector, mean over the set. */
  nearestCosine: number;
  /** Shares of the total variance around the mean, largest first. */
  eigenvalues: number[];
  /** (sum of eigenvalues)² / sum of their squares: how many directions the data fills, in effect. */
  participationRatio: number;
}

/**
 * Measures the distribution of unit vectors by brute force: O(n² d) for n vectors, so a few thousand at most.
 * The eigenvalues of the covariance are those of the n × n Gram matrix of the centred vectors, found by Jacobi
 * rotations on at most `sample` of them.
 */
export function spectrumOf(vectors: readonly ArrayLike<number>[], sample = 300): Spectrum {
  const count = vectors.length;
  const cosines: number[] = [];
  const nearest = new Float64Array(count).fill(-1);
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      const cosine = dot(vectors[i] as ArrayLike<number>, vectors[j] as ArrayLike<number>);
      cosines.push(cosine);
      nearest[i] = Math.max(nearest[i] as number, cosine);
      nearest[j] = Math.max(nearest[j] as number, cosine);
    }
  }
  const meanCosine = average(cosines);
  const values = gramEigenvalues(vectors.slice(0, sample));
  const total = values.reduce((sum, value) => sum + value, 0);
  const eigenvalues = values.map((value) => value / total);
  return {
    meanCosine,
    cosineDeviation: Math.sqrt(average(cosines.map((cosine) => (cosine - meanCosine) ** 2))),
    nearestCosine: average(nearest),
    eigenvalues,
    participationRatio: 1 / eigenvalues.reduce((sum, value) => sum + value * value, 0),
  };
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function average(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

/** Eigenvalues of the Gram matrix of the centred vectors, largest first (cyclic Jacobi method). */
function gramEigenvalues(vectors: readonly ArrayLike<number>[]): number[] {
  const count = vectors.length;
  const gram = vectors.map((a) => Float64Array.from(vectors, (b) => dot(a, b)));
  const rowMeans = gram.map((row) => average(row));
  const totalMean = average(rowMeans);
  const matrix = gram.map((row, i) =>
    row.map((value, j) => value - (rowMeans[i] as number) - (rowMeans[j] as number) + totalMean),
  );
  for (let sweep = 0; sweep < 12; sweep++) {
    for (let p = 0; p < count; p++) for (let q = p + 1; q < count; q++) jacobiRotation(matrix, p, q);
  }
  return matrix.map((row, i) => Math.max(0, row[i] as number)).sort((a, b) => b - a);
}

function jacobiRotation(matrix: Float64Array[], p: number, q: number): void {
  const rowP = matrix[p] as Float64Array;
  const rowQ = matrix[q] as Float64Array;
  const off = rowP[q] as number;
  if (Math.abs(off) < 1e-12) return;
  const theta = ((rowQ[q] as number) - (rowP[p] as number)) / (2 * off);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (const row of matrix) {
    const atP = row[p] as number;
    const atQ = row[q] as number;
    row[p] = c * atP - s * atQ;
    row[q] = s * atP + c * atQ;
  }
  for (let k = 0; k < rowP.length; k++) {
    const atP = rowP[k] as number;
    const atQ = rowQ[k] as number;
    rowP[k] = c * atP - s * atQ;
    rowQ[k] = s * atP + c * atQ;
  }
}
