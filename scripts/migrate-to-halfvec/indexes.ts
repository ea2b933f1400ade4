import { type CatalogIndex, profileOf } from "../../app/services/halfvec/catalog.ts";
import type { MigrationStatus, TableStatus } from "../../app/services/halfvec/status.ts";
import { type IndexTuning, isOutgrown, tuningInUse, tuningOf } from "../../app/services/index-tuning.ts";
import { formatBytes, formatCount, formatShare } from "./format.ts";

/** The HNSW indexes of all tables, and how those that were measured are searched. */
export function indexLines({ tables }: Pick<MigrationStatus, "tables">): string[] {
  return [
    "Indexes:",
    ...tables.flatMap((table) =>
      table.indexes.filter(({ method }) => method === "hnsw").flatMap((index) => linesOf(index, table)),
    ),
  ];
}

function linesOf(index: CatalogIndex, { table, rowEstimate }: TableStatus): string[] {
  const on = index.quantizes === null ? (index.column ?? "an expression") : `the signs of ${index.quantizes}`;
  const invalid = index.valid ? "" : ", INVALID";
  const tuning = tuningOf(index.comment);
  const head = `  ${index.name} on ${on}: ${formatBytes(index.bytes)}${invalid}`;
  if (tuning === null)
    return [index.quantizes === null ? head : `${head}, not measured, so nothing searches it`];
  return [head, ...tuningLines(tuning), ...grownLines(tuning, table, rowEstimate, index)];
}

/** Recall against time, the point that the app is at marked. */
function tuningLines({ k, candidates, target, queries, measuredAt, curve }: IndexTuning): string[] {
  const points = curve.map((point) => {
    const text = `${point.candidates} candidates ${formatShare(point.recall, 1)} in ${point.p50.toFixed(1)} ms`;
    return point.candidates === candidates ? `[${text}]` : text;
  });
  return [
    `    recall@${k} ${points.join(", ")}`,
    `    asked for ${formatShare(target, 1)}; measured with ${formatCount(queries)} queries at ${measuredAt.slice(0, 16).replace("T", " ")} UTC`,
  ];
}

function grownLines(tuning: IndexTuning, table: string, rows: number, index: CatalogIndex): string[] {
  if (!isOutgrown(tuning, rows)) return [];
  const profile = profileOf(index);
  const counts = tuningInUse(profile, index.comment, rows) !== null;
  return [
    `    measured at ${formatCount(tuning.rows)} rows; now there are about ${formatCount(rows)}${counts ? "" : ", so the app searches it with HNSW_EF_SEARCH again"}`,
    `    to measure again: npm run migrate:halfvec -- index --profile ${profile} --tables ${table}`,
  ];
}
