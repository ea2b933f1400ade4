import { type CatalogIndex, profileOf, searchedIndexOn } from "../../app/services/halfvec/catalog.ts";
import type { MigrationStatus, TableStatus } from "../../app/services/halfvec/status.ts";
import {
  type IndexProfile,
  type IndexTuning,
  isOutgrown,
  notedTuning,
  tuningInUse,
} from "../../app/services/index-tuning.ts";
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

function linesOf(index: CatalogIndex, { table, rowEstimate, indexes }: TableStatus): string[] {
  const on = index.quantizes === null ? (index.column ?? "an expression") : `the signs of ${index.quantizes}`;
  const invalid = index.valid ? "" : ", INVALID";
  const noted = notedTuning(index.comment);
  const head = `  ${index.name} on ${on}: ${formatBytes(index.bytes)}${invalid}`;
  if (noted === null)
    return [index.quantizes === null ? head : `${head}, not measured, so nothing searches it`];
  const { tuning } = noted;
  if (!noted.counts) return [`${head}, not chosen, so nothing searches it`, ...tuningLines(tuning, false)];
  const profile = profileOf(index);
  const inUse = tuningInUse(profile, noted, rowEstimate) !== null;
  if (searchedIndexOn({ indexes }, index.quantizes ?? index.column ?? "") !== index)
    return [head, ...tuningLines(tuning, false)];
  // Of two indexes it is the searched one that is to be measured again, and then both are.
  const grown = isOutgrown(tuning, rowEstimate);
  return [
    head,
    ...tuningLines(tuning, inUse),
    ...(grown ? grownLines(tuning, table, rowEstimate, profile, inUse) : []),
  ];
}

/** Recall against time. @param inUse whether the app is at the point that was chosen, which is marked then */
function tuningLines(
  { k, candidates, target, queries, measuredAt, curve }: IndexTuning,
  inUse: boolean,
): string[] {
  const points = curve.map((point) => {
    const text = `${point.candidates} candidates ${formatShare(point.recall, 1)} in ${point.p50.toFixed(1)} ms`;
    return inUse && point.candidates === candidates ? `[${text}]` : text;
  });
  return [
    `    recall@${k} ${points.join(", ")}`,
    `    asked for ${formatShare(target, 1)}; measured with ${formatCount(queries)} queries at ${measuredAt.slice(0, 16).replace("T", " ")} UTC`,
  ];
}

function grownLines(
  tuning: IndexTuning,
  table: string,
  rows: number,
  profile: IndexProfile,
  inUse: boolean,
): string[] {
  return [
    `    measured at ${formatCount(tuning.rows)} rows; now there are about ${formatCount(rows)}${inUse ? "" : ", so the app searches it with HNSW_EF_SEARCH again"}`,
    `    to measure again: npm run migrate:halfvec -- index --profile ${profile} --tables ${table}`,
  ];
}
