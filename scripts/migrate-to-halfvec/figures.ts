import type { Contracted } from "../../app/services/halfvec/contract/contract.ts";
import type { RolledBack } from "../../app/services/halfvec/rollback/roll-back.ts";
import type { TableSummary } from "../../app/services/halfvec/summary.ts";
import type { TableBytes } from "../../app/services/halfvec/table-bytes.ts";
import { formatBytes, formatCount, formatSeconds, formatShare, formatTable } from "./format.ts";
import { indexLines } from "./indexes.ts";
import { originalsText } from "./lines.ts";
import { profileLines } from "./profiles.ts";
import type { Figures } from "./screen.ts";

const DASH = "–";

/** What a command that came to its end has to show. */
export function figureLines(figures: Figures): string[] {
  switch (figures.kind) {
    case "migration":
      return summaryLines(figures.tables);
    case "rollback":
      return rollbackLines(figures.tables);
    case "contract":
      return contractLines(figures.contracted);
    case "profile":
      return [...indexLines(figures.status), ...profileLines(figures.status.tables)];
  }
}

/** What was done and found, then what was asked for beside what each index gives. Only what says so is a forecast. */
function summaryLines(tables: readonly TableSummary[]): string[] {
  return [
    ...formatTable(
      ["Proof", "phase", "rows", "differing", "similarity", "HOT", "took", "bytes before", "now"],
      tables.map((table) => [
        table.table,
        table.phase,
        formatCount(table.rows),
        table.rowsCompared === null
          ? DASH
          : `${formatCount(table.rowsDiffering ?? 0)} of ${formatCount(table.rowsCompared)}`,
        table.largestSimilarityDifference === null
          ? DASH
          : `± ${table.largestSimilarityDifference.toExponential(1)}`,
        formatShare(table.hotShare),
        formatSeconds(table.seconds),
        bytes(table.bytesBefore),
        bytes(table.bytesNow),
      ]),
    ),
    ...profileLines(tables),
    "Until contract a table also holds the original vectors, so it is not smaller yet.",
  ];
}

function bytes(measured: number | null): string {
  return measured === null ? DASH : formatBytes(measured);
}

function rollbackLines(tables: RolledBack | null): string[] {
  if (tables === null) return ["There was nothing to go back from."];
  const back = tables.flatMap(({ table, originals }) =>
    originals === null ? [] : [`  ${table}: ${originalsText(originals)}`],
  );
  const phases = [...new Set(tables.map(({ phase }) => phase))];
  const next = phases.every((phase) => phase === "baseline")
    ? "The database is where it was before the migration. Dropped columns return their space when the tables are rewritten (VACUUM FULL, pg_repack)."
    : `The tables are ${phases.join(" and ")} now.`;
  return [
    ...(back.length > 0 ? ["Back from the swap:", ...back, ""] : []),
    next,
    "The next `prisma migrate deploy` goes forward again: take the migrations out of the release before it. Or go forward with: npm run migrate:halfvec",
  ];
}

function contractLines(contracted: Contracted | null): string[] {
  if (contracted === null) return ["Nothing was changed."];
  const { tables, reclaimed } = contracted;
  const rows = tables.flatMap(({ table, before, after }) =>
    partsOf(before, after).map(([part, was, is], index) => [
      index === 0 ? table : "",
      part,
      was === null ? DASH : formatBytes(was),
      is === null ? DASH : formatBytes(is),
      was === null || is === null || was === 0 ? DASH : `${formatShare((is - was) / was, 1)}`,
    ]),
  );
  const lines = formatTable(["Storage", "", "before", "after", "change"], rows);
  if (reclaimed === "none") {
    lines.push(
      "",
      "The dropped columns still take their space; rows that are written later fill it bit by bit. To return it now: npm run migrate:halfvec -- contract --reclaim pg_repack (or vacuum-full)",
    );
  }
  return lines;
}

/** Heap, TOAST, each index and the total, before and after. */
function partsOf(
  before: TableBytes,
  after: TableBytes,
): [part: string, was: number | null, is: number | null][] {
  const names = new Set([...before.indexes, ...after.indexes].map(({ name }) => name));
  const bytesOf = ({ indexes }: TableBytes, name: string) =>
    indexes.find((index) => index.name === name)?.bytes ?? null;
  return [
    ["heap", before.heap, after.heap],
    ["TOAST", before.toast, after.toast],
    ...[...names].map((name): [string, number | null, number | null] => [
      name,
      bytesOf(before, name),
      bytesOf(after, name),
    ]),
    ["total", before.total, after.total],
  ];
}
