import { afterAll, expect, test } from "vitest";
import { localProvider } from "./local-provider.ts";

const provider = localProvider({ threads: 2 });
afterAll(() => provider.close());

const dot = (a: readonly number[] = [], b: readonly number[] = []) =>
  a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);

test("puts texts of the same meaning near each other", async () => {
  const [question, answer, other] = await provider.embed([
    "How do I make a backup of my database?",
    "To back up the database, run the dump command every night.",
    "The recipe needs two eggs and a pound of flour.",
  ]);
  expect(question).toHaveLength(1536);
  expect(Math.sqrt(dot(question, question))).toBeCloseTo(1, 5);
  expect(dot(question, answer)).toBeGreaterThan(dot(question, other) + 0.2);
});

test("gives each text its own vector, in order, however they are batched", async () => {
  const texts = Array.from(
    { length: 70 },
    (_, index) => `Chapter ${index}: ${"more about it, ".repeat(index % 9)}`,
  );
  const together = await provider.embed(texts);
  const [first, last] = [await provider.embed(texts.slice(0, 1)), await provider.embed(texts.slice(-1))];
  expect(dot(together[0], first[0])).toBeCloseTo(1, 4);
  expect(dot(together[69], last[0])).toBeCloseTo(1, 4);
  expect(dot(together[0], together[69])).toBeLessThan(0.98);
});

test("takes any text: long, of one letter, of emoji, of spaces", async () => {
  const vectors = await provider.embed(["word ".repeat(20_000), "a", "🙂👍🏽", "   "]);
  expect(vectors).toHaveLength(4);
  for (const vector of vectors) expect(vector.every(Number.isFinite)).toBe(true);
});

test("refuses an empty text by its number, and answers none with none", async () => {
  await expect(provider.embed(["a", ""])).rejects.toMatchObject({
    problem: "invalid_request",
    message: expect.stringContaining("text 2 of 2"),
  });
  expect(await provider.embed([])).toEqual([]);
});

test("stops when it is told to, and works again afterwards", async () => {
  const controller = new AbortController();
  const texts = Array.from({ length: 200 }, (_, index) => `text number ${index}`);
  const running = provider.embed(texts, { signal: controller.signal });
  controller.abort(new Error("no longer needed"));
  await expect(running).rejects.toThrow("no longer needed");
  expect(await provider.embed(["still there"])).toHaveLength(1);
});

test("can be used again after it was closed; what waited is told", async () => {
  const own = localProvider({ threads: 1 });
  const waiting = Promise.allSettled([own.embed(["one"]), own.embed(["two"])]);
  await own.close();
  expect((await waiting).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await own.embed(["three"])).toHaveLength(1);
  await own.close();
});
