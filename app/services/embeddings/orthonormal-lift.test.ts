import { expect, test } from "vitest";
import { orthonormalLift } from "./orthonormal-lift.ts";
import { SeededRandom } from "./seeded-random.ts";

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);

const random = new SeededRandom(7);
const vectors = Array.from({ length: 20 }, () =>
  Array.from({ length: 512 }, () => random.normal() / Math.sqrt(512)),
);
const lift = orthonormalLift(512, 1536);

test("keeps every inner product, and so lengths and cosines, to float precision", () => {
  const lifted = vectors.map(lift);
  for (const [i, a] of vectors.entries()) {
    for (const [j, b] of vectors.entries()) {
      expect(dot(lifted[i] as number[], lifted[j] as number[])).toBeCloseTo(dot(a, b), 6);
    }
  }
});

test("spreads a single coordinate over all others", () => {
  const axis = lift(Array.from({ length: 512 }, (_, i) => (i === 3 ? 1 : 0)));
  expect(axis).toHaveLength(1536);
  expect(Math.max(...axis.map(Math.abs))).toBeLessThan(0.25);
  expect(axis.filter((value) => value !== 0).length).toBeGreaterThan(1400);
});

test("is the same map in every process: stored vectors stay comparable", () => {
  const lifted = lift(Array.from({ length: 512 }, (_, i) => (i === 0 ? 1 : 0)));
  expect(lifted.slice(0, 3)).toEqual([-0.0234375, 0.03125, -0.046875]);
});

test("refuses other lengths", () => {
  expect(() => lift([1, 2, 3])).toThrow(RangeError);
  expect(() => orthonormalLift(512, 256)).toThrow(RangeError);
});
