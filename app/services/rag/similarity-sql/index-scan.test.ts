import { expect, it } from "vitest";
import { type IndexScan, throughIndex } from "./index-scan.ts";
import { Parameters } from "./statement.ts";

/** `hnsw.ef_search` of a search for so many results. */
function efSearchOf(scan: IndexScan, limit: number): unknown {
  const sql = new Parameters();
  throughIndex(sql, { name: "embedding", type: "halfvec" }, { ...scan, limit });
  return sql.values;
}

const tuned = { k: 10, candidates: 40 };

it.for([
  [{ efSearch: 100 }, 10, "100"],
  [{ efSearch: 100 }, 200, "200"],
  [{ efSearch: 100, tuned }, 10, "40"],
  [{ efSearch: 100, tuned }, 5, "40"],
  // In proportion to what was measured, and no more than what is configured.
  [{ efSearch: 100, tuned }, 20, "80"],
  [{ efSearch: 100, tuned }, 30, "100"],
  [{ efSearch: 100, tuned: { k: 10, candidates: 160 } }, 30, "160"],
  [{ efSearch: 100, tuned }, 100, "100"],
  [{ efSearch: 100, compact: { k: 10, candidates: 100 } }, 30, "300"],
] as const)("%j for %i results: %s", ([scan, limit, expected]) => {
  expect(efSearchOf(scan, limit)).toEqual([expected]);
});
