import { expect, test } from "vitest";
import type { CatalogIndex } from "../../app/services/halfvec/catalog.ts";
import type { TableStatus } from "../../app/services/halfvec/status.ts";
import { type IndexTuning, tuningComment } from "../../app/services/index-tuning.ts";
import { indexLines } from "./indexes.ts";

const TUNING: IndexTuning = {
  k: 10,
  candidates: 60,
  target: 0.95,
  chosenTarget: false,
  queries: 100,
  rows: 20_000,
  measuredAt: "2026-11-23T16:02:00.000Z",
  curve: [
    { candidates: 40, recall: 0.941, p50: 1.1, p95: 2 },
    { candidates: 60, recall: 0.968, p50: 1.4, p95: 2.2 },
  ],
};

function linesAt(rowEstimate: number, quantizes: string | null): string[] {
  const index = {
    name: "pages_idx",
    method: "hnsw",
    column: quantizes === null ? "embedding" : null,
    quantizes,
    valid: true,
    bytes: 2 ** 20,
    comment: tuningComment(TUNING),
  } as CatalogIndex;
  return indexLines({
    tables: [{ table: "pages", rowEstimate, indexes: [index] } as unknown as TableStatus],
  });
}

test("a measured index shows its curve, and the point that searches are at in brackets", () => {
  expect(linesAt(39_999, null)).toEqual([
    "Indexes:",
    "  pages_idx on embedding: 1024 kB",
    "    recall@10 40 candidates 94.1 % in 1.1 ms, [60 candidates 96.8 % in 1.4 ms]",
    "    asked for 95.0 %; measured with 100 queries at 2026-11-23 16:02 UTC",
  ]);
});

test("an index whose table has twice its rows says what searches do now, and what to run", () => {
  expect(linesAt(40_000, null).slice(4)).toEqual([
    "    measured at 20,000 rows; now there are about 40,000, so the app searches it with HNSW_EF_SEARCH again",
    "    to measure again: npm run migrate:halfvec -- index --profile halfvec --tables pages",
  ]);
  // A compact index that was chosen stays chosen.
  expect(linesAt(40_000, "embedding").slice(4)).toEqual([
    "    measured at 20,000 rows; now there are about 40,000",
    "    to measure again: npm run migrate:halfvec -- index --profile compact --tables pages",
  ]);
});
