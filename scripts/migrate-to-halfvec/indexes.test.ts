import { expect, test } from "vitest";
import type { CatalogIndex } from "../../app/services/halfvec/catalog.ts";
import type { TableStatus } from "../../app/services/halfvec/status.ts";
import { type IndexTuning, type NotedTuning, tuningComment } from "../../app/services/index-tuning.ts";
import { indexLines } from "./indexes.ts";

const TUNING: IndexTuning = {
  k: 10,
  candidates: 60,
  target: 0.95,
  chosenTarget: false,
  queries: 100,
  rows: 20_000,
  rowEstimate: null,
  measuredAt: "2026-11-23T16:02:00.000Z",
  buildSeconds: null,
  curve: [
    { candidates: 40, recall: 0.941, p50: 1.1, p95: 2 },
    { candidates: 60, recall: 0.968, p50: 1.4, p95: 2.2 },
  ],
};

function index(name: string, quantizes: string | null, noted: NotedTuning): CatalogIndex {
  const column = quantizes === null ? "embedding" : null;
  const operatorClass = quantizes === null ? "halfvec_cosine_ops" : "bit_hamming_ops";
  const stands = { method: "hnsw", valid: true, partial: false, bytes: 2 ** 20 };
  return { name, column, quantizes, operatorClass, ...stands, comment: tuningComment(noted) } as CatalogIndex;
}

function linesOf(rowEstimate: number, indexes: CatalogIndex[]): string[] {
  return indexLines({ tables: [{ table: "pages", rowEstimate, indexes } as unknown as TableStatus] });
}

function linesAt(rowEstimate: number, quantizes: string | null, tuning = TUNING): string[] {
  return linesOf(rowEstimate, [index("pages_idx", quantizes, { tuning, counts: true })]);
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

test("rows without an embedding are no growth", () => {
  const tuning = { ...TUNING, rowEstimate: 45_000 };
  expect(linesAt(89_999, null, tuning)).toHaveLength(4);
  expect(linesAt(90_000, null, tuning)).toHaveLength(6);
});

test("of two indexes only the searched one has its point marked and is to be measured again, whatever the other's figures are", () => {
  const signs = (counts: boolean) => index("signs_idx", "embedding", { tuning: TUNING, counts });
  const whole = index("whole_idx", null, { tuning: TUNING, counts: true });
  const toMeasure = (profile: string) =>
    `    to measure again: npm run migrate:halfvec -- index --profile ${profile} --tables pages`;
  const chosen = linesOf(50_000, [signs(true), whole]);
  expect(chosen.filter((line) => line.includes("[60 candidates"))).toHaveLength(1);
  expect(chosen.filter((line) => line.includes("to measure again"))).toEqual([toMeasure("compact")]);
  const notChosen = linesOf(50_000, [signs(false), whole]);
  expect(notChosen[1]).toBe(
    "  signs_idx on the signs of embedding: 1024 kB, not chosen, so nothing searches it",
  );
  expect(notChosen[2]).toBe("    recall@10 40 candidates 94.1 % in 1.1 ms, 60 candidates 96.8 % in 1.4 ms");
  expect(notChosen.filter((line) => line.includes("to measure again"))).toEqual([toMeasure("halfvec")]);
});
