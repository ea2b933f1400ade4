import { describe, expect, test } from "vitest";
import { derivedSeed, SeededRandom } from "./seeded-random.ts";

const draw = (random: SeededRandom, count: number) => Array.from({ length: count }, () => random.bits());

test("the same seed gives the same numbers, another seed others", () => {
  expect(draw(new SeededRandom(1), 5)).toEqual(draw(new SeededRandom(1), 5));
  expect(draw(new SeededRandom(1), 5)).not.toEqual(draw(new SeededRandom(2), 5));
  expect(draw(new SeededRandom(1), 5)).not.toEqual(draw(new SeededRandom(1 + 2 ** 32), 5));
});

test("uniform and normal numbers have the moments of their distributions", () => {
  const random = new SeededRandom(3);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const uniform = Array.from({ length: 20_000 }, () => random.uniform());
  expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...uniform)).toBeLessThan(1);
  expect(mean(uniform)).toBeCloseTo(0.5, 1);
  const normal = Array.from({ length: 20_000 }, () => random.normal());
  expect(Math.abs(mean(normal))).toBeLessThan(0.03);
  expect(mean(normal.map((value) => value ** 2))).toBeCloseTo(1, 1);
  expect(mean(normal.map((value) => value ** 4))).toBeCloseTo(3, 0);
});

test("shuffling keeps every item", () => {
  const items = Int32Array.from({ length: 100 }, (_, index) => index);
  new SeededRandom(5).shuffle(items);
  expect([...items]).not.toEqual([...items].sort((a, b) => a - b));
  expect([...items].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index));
});

describe("uuids", () => {
  test("of version 7 begin with the time", () => {
    const id = new SeededRandom(1).uuid(7, 0x0123456789ab).toString("hex");
    expect(id).toMatch(/^0123456789ab7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
  });

  test("of version 4 are all different", () => {
    const random = new SeededRandom(1);
    const ids = Array.from({ length: 1000 }, () => random.uuid(4).toString("hex"));
    expect(new Set(ids).size).toBe(1000);
    expect(ids.every((id) => /^.{12}4.{3}[89ab]/.test(id))).toBe(true);
  });
});

test("streams of one seed differ by name", () => {
  const seeds = [
    derivedSeed(1, "a"),
    derivedSeed(1, "b"),
    derivedSeed(2, "a"),
    derivedSeed(1, "a", 1),
    derivedSeed(1, "a1"),
  ];
  expect(new Set(seeds).size).toBe(seeds.length);
});
