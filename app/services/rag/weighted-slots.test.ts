import { expect, test } from "vitest";
import { WeightedSlots } from "./weighted-slots.ts";

/** Work that ends when the test says so; `log` has who began, in order. */
function workOn(slots: WeightedSlots) {
  const log: string[] = [];
  const ends = new Map<string, () => void>();
  const begin = (name: string, weight: number, signal?: AbortSignal) => {
    const work = () =>
      new Promise<string>((resolve) => {
        log.push(name);
        ends.set(name, () => resolve(name));
      });
    return slots.run(weight, work, signal);
  };
  const end = async (name: string) => {
    ends.get(name)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { log, begin, end };
}

test("as much runs at the same time as has places, in the order of arrival: the small do not pass the large", async () => {
  const slots = new WeightedSlots(4);
  const { log, begin, end } = workOn(slots);
  const all = [begin("a", 1), begin("b", 3), begin("large", 4), begin("small", 1)];
  expect(log).toEqual(["a", "b"]);
  expect(slots.waiting).toBe(2);
  await end("b");
  expect(log).toEqual(["a", "b"]);
  expect(slots.free).toBe(3);
  await end("a");
  expect(log).toEqual(["a", "b", "large"]);
  await end("large");
  expect([slots.waiting, slots.free]).toEqual([0, 3]);
  await end("small");
  expect(await Promise.all(all)).toEqual(["a", "b", "large", "small"]);
});

test("what weighs more than there is takes all of it", async () => {
  const slots = new WeightedSlots(2);
  const { log, begin, end } = workOn(slots);
  const all = [begin("a", 4), begin("b", 4)];
  expect(log).toEqual(["a"]);
  await end("a");
  expect(log).toEqual(["a", "b"]);
  await end("b");
  await Promise.all(all);
  expect(slots.free).toBe(2);
});

test("who leaves the queue is not begun, and makes room for those behind", async () => {
  const slots = new WeightedSlots(2);
  const { log, begin, end } = workOn(slots);
  const leave = new AbortController();
  const [first, gone, last] = [begin("first", 1), begin("gone", 2, leave.signal), begin("last", 1)];
  leave.abort(new Error("went away"));
  await expect(gone).rejects.toThrow("went away");
  expect(log).toEqual(["first", "last"]);
  await expect(begin("late", 1, leave.signal)).rejects.toThrow("went away");
  await end("first");
  await end("last");
  await Promise.all([first, last]);
  expect([slots.free, slots.waiting]).toEqual([2, 0]);
});

test("work that fails gives its places back", async () => {
  const slots = new WeightedSlots(1);
  await expect(slots.run(1, () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
  expect(slots.free).toBe(1);
});
