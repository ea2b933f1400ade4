import type { IndexTuning } from "../../index-tuning.ts";
import { columnOf, type SearchedColumn } from "./embedding-column.ts";
import type { Parameters } from "./statement.ts";

/** How an HNSW index is scanned. */
export interface IndexScan {
  /** Size of the candidate list of the HNSW scan, 1 to 1000; never less than `limit`. Left out: the server's setting. */
  readonly efSearch?: number | undefined;
  /** What was measured of the index: goes before `efSearch`, which more results than were measured do not go beyond. */
  readonly tuned?: Pick<IndexTuning, "k" | "candidates"> | undefined;
  /** Whether the scan goes on while filters leave fewer than `limit` rows. Needs pgvector 0.8.0. */
  readonly iterativeScan?: boolean | undefined;
  /** For a compact index: how many rows are taken from it, to be compared by their whole values. Goes before `efSearch`. */
  readonly compact?: Pick<IndexTuning, "k" | "candidates"> | undefined;
}

/** Rows that are taken from a compact index for so many results: in proportion to what was measured, as many as a scan has. */
export function compactRows(tuned: Pick<IndexTuning, "k" | "candidates">, limit: number): number {
  return Math.min(MAX_EF_SEARCH, Math.max(limit, inProportion(tuned, limit)));
}

function inProportion({ k, candidates }: Pick<IndexTuning, "k" | "candidates">, limit: number): number {
  return Math.ceil((candidates * Math.max(limit, k)) / k);
}

function candidatesOf({ efSearch, tuned, compact }: IndexScan, limit: number): number | undefined {
  if (compact !== undefined) return compactRows(compact, limit);
  if (tuned === undefined) return efSearch;
  return Math.min(inProportion(tuned, limit), Math.max(tuned.candidates, efSearch ?? 0));
}

/** Largest value of `hnsw.ef_search` that pgvector takes. */
const MAX_EF_SEARCH = 1000;

/**
 * The estimated cost of a row, in rows of `generate_series`, that the planner is told (about five units). It
 * counts a row of embeddings as 20 to 30 bytes because the vector itself lies in TOAST, and so takes the
 * sequential scan for cheap: measured on 2,000 rows and a limit of 50, 50 ms where the index takes 8 ms.
 */
const ROW_COST_ROWS = 400;

/** Conditions on the rows of an index scan that carry its settings and the cost of a row, and leave out empty rows. */
export function throughIndex(
  sql: Parameters,
  column: SearchedColumn,
  { limit, ...scan }: IndexScan & { readonly limit: number },
): string[] {
  const conditions: string[] = [];
  const efSearch = candidatesOf(scan, limit);
  if (efSearch !== undefined) {
    const candidates = Math.min(MAX_EF_SEARCH, Math.max(efSearch, limit));
    conditions.push(setForStatement(sql, "hnsw.ef_search", String(candidates)));
  }
  if (scan.iterativeScan === true) {
    conditions.push(setForStatement(sql, "hnsw.iterative_scan", "relaxed_order"));
  }
  const embedding = columnOf(column.name);
  conditions.push(`CASE WHEN ${embedding} IS NOT NULL THEN true ELSE (
        SELECT count(*) > 0 FROM generate_series(1, ${ROW_COST_ROWS}) WHERE ${embedding} IS NULL) END`);
  return conditions;
}

function setForStatement(sql: Parameters, setting: string, value: string): string {
  return `(SELECT set_config('${setting}', ${sql.add(value)}, true)) IS NOT NULL`;
}
