import { describe, expect, it } from "vitest";
import { PAGE_EMBEDDINGS } from "../../embedding-tables.ts";
import { checkSearch, EVERY_WORKSPACE, type VectorSearch } from "./search-request.ts";

function search(change: Partial<VectorSearch> = {}): VectorSearch {
  return {
    table: PAGE_EMBEDDINGS,
    vector: new Array(1536).fill(0.5),
    limit: 10,
    workspaceId: EVERY_WORKSPACE,
    ...change,
  };
}

function vectorWith(value: number): number[] {
  return new Array(1536).fill(0.5).with(700, value);
}

describe("checkSearch", () => {
  it.each([
    [1, 1],
    [200, 200],
    [5_000, 1000],
    [Number.POSITIVE_INFINITY, 1000],
  ])("brings limit %d to %d", (limit, expected) => {
    expect(checkSearch(search({ limit })).limit).toBe(expected);
  });

  it.each([
    [1, 1],
    [4_000, 1000],
  ])("brings efSearch %d to %d", (efSearch, expected) => {
    expect(checkSearch(search({ efSearch })).efSearch).toBe(expected);
  });

  it.each<[string, Partial<VectorSearch>]>([
    ["vector", { vector: [1, 2, 3] }],
    ["vector", { vector: vectorWith(Number.NaN) }],
    ["vector", { vector: vectorWith(Number.NEGATIVE_INFINITY) }],
    ["vector", { vector: new Array(1536).fill(0) }],
    ["vector", { vector: new Array(1536) }],
    ["limit", { limit: Number.NaN }],
    ["limit", { limit: 0 }],
    ["limit", { limit: -3 }],
    ["limit", { limit: 7.9 }],
    ["efSearch", { efSearch: Number.NaN }],
    ["efSearch", { efSearch: 0 }],
    ["metadata", { metadata: { tenant: undefined } }],
    ["workspaceId", { workspaceId: "1 OR true" }],
    ["workspaceId", { workspaceId: undefined as unknown as string }],
    ["minSimilarity", { minSimilarity: 1.5 }],
    ["minSimilarity", { minSimilarity: Number.NaN }],
  ])("names %s where it is wrong", (field, change) => {
    expect(() => checkSearch(search(change))).toThrow(
      expect.objectContaining({ name: "InvalidSearchError", field }),
    );
  });

  it("says where in the vector", () => {
    expect(() => checkSearch(search({ vector: vectorWith(Number.NaN) }))).toThrow(
      "Value 700 of the vector is NaN",
    );
  });
});
