import { expect, test } from "vitest";
import { spectrumOf } from "./spectrum.ts";
import {
  type SyntheticVector,
  type SyntheticVectorOptions,
  syntheticVectors,
  zipfTable,
} from "./synthetic-vectors.ts";

function take(count: number, options: SyntheticVectorOptions): SyntheticVector[] {
  const vectors = syntheticVectors(options);
  return Array.from({ length: count }, () => vectors.next().value);
}

const options = { seed: 1, dimensions: 384 };

test("the same seed and stream give the same vectors, others give others", () => {
  expect(take(5, options)).toEqual(take(5, options));
  expect(take(5, { ...options, seed: 2 })).not.toEqual(take(5, options));
  expect(take(5, { ...options, stream: 1 })).not.toEqual(take(5, options));
});

test("every vector has the dimensions and length 1", () => {
  for (const { vector } of take(50, options)) {
    expect(vector).toHaveLength(384);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  }
});

test("they are distributed like embeddings of text: a common mean, near neighbours, few strong directions", () => {
  const spectrum = spectrumOf(
    take(400, options).map(({ vector }) => vector),
    150,
  );
  expect(spectrum.meanCosine).toBeGreaterThan(0.4);
  expect(spectrum.meanCosine).toBeLessThan(0.75);
  expect(spectrum.cosineDeviation).toBeGreaterThan(0.05);
  expect(spectrum.nearestCosine).toBeGreaterThan(spectrum.meanCosine + 0.15);
  expect(spectrum.participationRatio).toBeGreaterThan(10);
  expect(spectrum.participationRatio).toBeLessThan(60);
});

test("no axis stands out: the directions are turned away from the coordinates", () => {
  const vectors = take(300, options);
  const energies = Array.from({ length: 384 }, (_, axis) =>
    vectors.reduce((sum, { vector }) => sum + (vector[axis] as number) ** 2, 0),
  );
  expect(Math.max(...energies) / 300).toBeLessThan(0.05);
});

test("streams share the space: their means point the same way", () => {
  const mean = (stream: string) =>
    take(200, { ...options, stream }).reduce(
      (sum, { vector }) => sum.map((value, index) => value + (vector[index] as number)),
      new Float64Array(384),
    );
  const [a, b] = [mean("a"), mean("b")];
  const cosine =
    a.reduce((sum, value, index) => sum + value * (b[index] as number), 0) /
    (Math.hypot(...a) * Math.hypot(...b));
  expect(cosine).toBeGreaterThan(0.95);
});

test("the pieces of a document follow each other and are nearer than others", () => {
  const vectors = take(600, options);
  const cosine = (a: SyntheticVector, b: SyntheticVector) =>
    a.vector.reduce((sum, value, index) => sum + value * (b.vector[index] as number), 0);
  const average = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const pairs = vectors.slice(1).map((vector, index) => [vectors[index] as SyntheticVector, vector] as const);
  const siblings = pairs.filter(([a, b]) => a.document === b.document).map(([a, b]) => cosine(a, b));
  const strangers = pairs.filter(([a, b]) => a.document !== b.document).map(([a, b]) => cosine(a, b));
  expect(pairs.every(([a, b]) => b.document - a.document <= 1)).toBe(true);
  expect(siblings.length).toBeGreaterThan(300);
  expect(average(siblings)).toBeGreaterThan(average(strangers) + 0.1);
});

test("ranks of a Zipf table fall as 1 / (rank + 1)", () => {
  const rank = zipfTable(3);
  const counts = [0, 0, 0];
  for (let step = 0; step < 1100; step++) {
    const found = rank((step + 0.5) / 1100);
    counts[found] = (counts[found] as number) + 1;
  }
  expect(counts).toEqual([600, 300, 200]);
});
