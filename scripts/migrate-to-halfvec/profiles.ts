import {
  comparable,
  hasForecast,
  PROFILE_ROWS,
  type ProfileRowName,
  type ProfileTable,
  type ProfileTexts,
  profileCells,
  rowsApart,
} from "../../app/services/halfvec/profile-table/profile-figures.ts";
import { formatBytes, formatCount, formatShare, formatTable } from "./format.ts";

const TITLES: Record<ProfileRowName, string> = {
  total: "table with all indexes",
  index: "HNSW index",
  recall: "recall@10",
  p95: "p95 of a search",
};
const TEXTS: ProfileTexts = {
  nothing: "–",
  bytes: formatBytes,
  share: formatShare,
  milliseconds: (time) => `${time.toFixed(1)} ms`,
};

/** What was asked for beside what each kind of index gives, for each table that has embeddings. A blank line goes before it; empty where none has. */
export function profileLines(tables: readonly { profiles: ProfileTable | null }[]): string[] {
  const known = comparable(tables.flatMap(({ profiles }) => profiles ?? []));
  if (known.length === 0) return [];
  const lines = formatTable(
    ["Asked and measured", "asked for", "vector", "halfvec", "compact"],
    known.flatMap((table) => [
      [table.table],
      ...PROFILE_ROWS.map((row) => [`  ${TITLES[row]}`, ...profileCells(table, row, TEXTS)]),
    ]),
  );
  return ["", ...lines, ...noteLines(known)];
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
