import { describe, expect, it } from "vitest";
import type { EmbeddingColumn, EmbeddingColumns } from "../embedding-columns.server.ts";
import { searchedColumn } from "./searched-column.ts";

const OLD: EmbeddingColumn = { name: "embedding", type: "vector", indexed: true };
const TWIN = { name: "embedding_halfvec", type: "halfvec", indexed: true, verified: true } as const;

function columns(change: Partial<EmbeddingColumns>): EmbeddingColumns {
  return { live: OLD, twin: TWIN, backup: false, flag: null, iterativeScan: true, ...change };
}

describe("searchedColumn", () => {
  it.each([
    ["auto", "embedding_halfvec"],
    ["halfvec", "embedding_halfvec"],
    ["vector", "embedding"],
  ] as const)("%s reads %s when the twin is verified", (flag, name) => {
    expect(searchedColumn(columns({}), flag).name).toBe(name);
  });

  it("auto waits for the verification, halfvec does not", () => {
    const unverified = columns({ twin: { ...TWIN, verified: false } });
    expect(searchedColumn(unverified, "auto").name).toBe("embedding");
    expect(searchedColumn(unverified, "halfvec").name).toBe("embedding_halfvec");
  });

  it.each(["auto", "halfvec", "vector"] as const)("%s never reads a twin without an index", (flag) => {
    const building = columns({ twin: { ...TWIN, indexed: false } });
    expect(searchedColumn(building, flag).name).toBe("embedding");
  });

  it.each(["auto", "halfvec", "vector"] as const)("%s reads the column that has the index", (flag) => {
    const lost = columns({ live: { ...OLD, indexed: false }, twin: { ...TWIN, verified: false } });
    expect(searchedColumn(lost, flag).name).toBe("embedding_halfvec");
  });

  it.each(["auto", "halfvec", "vector"] as const)("%s reads the one column after the swap", (flag) => {
    const live: EmbeddingColumn = { name: "embedding", type: "halfvec", indexed: true };
    expect(searchedColumn(columns({ live, twin: null, backup: true }), flag)).toBe(live);
  });
});
