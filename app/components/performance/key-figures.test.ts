import { describe, expect, it } from "vitest";
import type { Stage } from "../../../tests/support/metrics-stage.ts";
import { failedSection, metricsAt } from "../../../tests/support/vector-metrics-fixture.ts";
import { keyFigures } from "./key-figures.ts";

const told = (stage: Stage) =>
  keyFigures(metricsAt(stage)).map(({ answer, ground, verdict }) => [answer, ground, verdict]);

describe("keyFigures", () => {
  it("answers before anything began: with a forecast that is called one", () => {
    expect(told("baseline")).toEqual([
      ["Not begun", "search reads vector", null],
      ["−49 %", "of all bytes after contract, a forecast", null],
      ["–", "no search in the last 24 hours", null],
      ["–", "verify has not measured it yet", null],
    ]);
  });

  it("answers on the way", () => {
    expect(told("converting").slice(0, 2)).toEqual([
      ["62 %", "43,780 of 70,650 rows converted", null],
      ["+15 %", "of all bytes now; −49 % after contract, a forecast", null],
    ]);
  });

  it("calls nothing saved while both indexes stand", () => {
    const metrics = metricsAt("swapped");
    if (metrics.storage.state !== "read") throw new Error("The fixture has no storage.");
    const { total } = metrics.storage.value;
    const now = { ...total.now, vectorIndexBytes: 1 };
    const value = { ...metrics.storage.value, total: { ...total, now } };
    const storage = { state: "read" as const, value };
    expect(keyFigures({ ...metrics, storage })[1]).toMatchObject({
      answer: "+1 %",
      ground: "of all bytes now; −49 % after contract, a forecast",
      verdict: null,
    });
  });

  it("names the table whose recall is too low", () => {
    const metrics = metricsAt("red");
    const verified = [
      {
        table: "a",
        verifiedAt: "",
        k: 10,
        queries: 300,
        recallVector: 1,
        recallHalfvec: 1,
        largestSimilarityDifference: 0,
      },
      {
        table: "b",
        verifiedAt: "",
        k: 10,
        queries: 100,
        recallVector: 1,
        recallHalfvec: 0.9,
        largestSimilarityDifference: 0,
      },
    ];
    const recall = {
      state: "read" as const,
      value: { verified, shadow: { share: 0, rows: [] }, comparison: null, indexes: [] },
    };
    expect(keyFigures({ ...metrics, recall })[3]).toMatchObject({
      answer: "97.5 %",
      ground: "of halfvec; vector 100.0 %; too low: b",
      verdict: "bad",
    });
  });

  it("answers after the swap: smaller, as fast, as good", () => {
    expect(told("swapped")).toEqual([
      ["Swapped", "contract in 26 days", "good"],
      ["−50 %", "of the search index; all bytes +1 % now; −49 % after contract, a forecast", "good"],
      ["8.2 ms", "p95 of halfvec, vector 9.2 ms on 2026-11-19: page_embeddings, 24 hours", "good"],
      ["99.2 %", "of halfvec; vector 99.3 %", "good"],
    ]);
    expect(told("contracted")[0]).toEqual(["Complete", "the originals are gone, the space is free", "good"]);
  });

  it("compares halfvec now with vector as it was measured last, and names each table that is slower", () => {
    const figures = { searches: 100, p50: 1, p99: 1, max: 1 };
    const halfvec = (table: string, p95: number, searches = 100) => ({
      ...figures,
      table,
      columnType: "halfvec" as const,
      shadow: false,
      p95,
      searches,
    });
    const vector = (table: string, p95: number) => ({
      ...figures,
      table,
      until: "2026-11-02T09:15:00.000Z",
      p95,
    });
    const speedOf = (rows: ReturnType<typeof halfvec>[]) => {
      const windows = [{ minutes: 1440 as const, rows }];
      const lastVector = [vector("documents", 10), vector("block_embeddings", 10)];
      const value = { stored: true, windows, lastVector, series: [] };
      return keyFigures({ ...metricsAt("swapped"), latency: { state: "read", value } })[2];
    };
    const ground = "p95 of halfvec, vector 10 ms on 2026-11-02: block_embeddings, 24 hours";
    const [blocks, unpaired] = [halfvec("block_embeddings", 9, 200), halfvec("page_embeddings", 1, 999)];
    expect(speedOf([unpaired, halfvec("documents", 20), blocks])).toMatchObject({
      answer: "9 ms",
      ground: `${ground}; slower: documents`,
      verdict: "bad",
    });
    expect(speedOf([unpaired, halfvec("documents", 11), blocks])).toMatchObject({ ground, verdict: "good" });
    // The slowest of a few searches says nothing.
    expect(speedOf([halfvec("documents", 20, 19), blocks])).toMatchObject({ ground, verdict: "good" });
    expect(speedOf([halfvec("documents", 20, 19)])).toMatchObject({ answer: "20 ms", verdict: null });
    expect(speedOf([unpaired])).toMatchObject({
      answer: "1 ms",
      ground: "p95 of halfvec: page_embeddings, 24 hours",
      verdict: null,
    });
  });

  it("has no answer where a part could not be read", () => {
    const storage = failedSection("timeout", "It took too long.");
    expect(keyFigures({ ...metricsAt("swapped"), storage })[1]).toMatchObject({
      answer: "?",
      ground: "could not be read",
    });
  });
});
