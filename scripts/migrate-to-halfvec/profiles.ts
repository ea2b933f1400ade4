import {
  comparable,
  hasForecast,
  type ProfileBytes,
  type ProfileRow,
  type ProfileTable,
  rowsApart,
} from "../../app/services/halfvec/profile-table/profile-figures.ts";
import { formatBytes, formatCount, formatShare, formatTable } from "./format.ts";

const DASH = "–";

/** What was asked for beside what each kind of index gives, for each table that has embeddings. A blank line goes before it; empty where none has. */
export function profileLines(tables: readonly { profiles: ProfileTable | null }[]): string[] {
  const known = comparable(tables.flatMap(({ profiles }) => profiles ?? []));
  if (known.length === 0) return [];
  const lines = formatTable(
    ["Asked and measured", "asked for", "vector", "halfvec", "compact"],
    known.flatMap((table) => [
      [table.table],
      ["  table with all indexes", ...bytesCells(table.total)],
      ["  HNSW index", ...bytesCells(table.index)],
      ["  recall@10", ...cells(table.recall, (share) => formatShare(share, 1))],
      ["  p95 of a search", ...cells(table.p95, (time) => `${time.toFixed(1)} ms`)],
    ]),
  );
  return ["", ...lines, ...noteLines(known)];
}

function cells<Value>(
  { asked, vector, halfvec, compact }: ProfileRow<Value>,
  text: (value: Value) => string,
): string[] {
  return [
    formatShare(asked),
    ...[vector, halfvec, compact].map((value) => (value === null ? DASH : text(value))),
  ];
}

function bytesCells(row: ProfileRow<ProfileBytes>): string[] {
  // Of itself vector is all.
  return cells({ ...row, vector: row.vector && { ...row.vector, share: null } }, bytesText);
}

function bytesText({ bytes, share, forecast }: ProfileBytes): string {
  const mark = forecast ? "*" : "";
  return `${formatBytes(bytes)}${mark}${share === null ? "" : ` (${formatShare(share)})`}`;
}

function noteLines(tables: readonly ProfileTable[]): string[] {
  return [
    "",
    "Bytes: vector at the baseline, the others rewritten after contract, with one index; in % of vector",
    ...(tables.some(hasForecast) ? ["* forecast, not measured"] : []),
    ...tables.flatMap((table) => {
      const rows = rowsApart(table);
      if (rows === null) return [];
      return `${table.table}: vector was measured at about ${formatCount(rows.baseline)} rows; now there are about ${formatCount(rows.now)}`;
    }),
  ];
}
