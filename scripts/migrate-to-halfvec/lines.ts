import type { MigrationEvent, TunedProfile } from "../../app/services/halfvec/events.ts";
import type { ProvedOriginals } from "../../app/services/halfvec/rollback/prove-originals.ts";
import { chosenPoint } from "../../app/services/index-tuning.ts";
import { formatBytes, formatCount, formatCounted, formatSeconds, formatShare } from "./format.ts";

/** An event as one line of text, or null for one that is not worth a line of its own. */
export function lineOf(event: MigrationEvent): string | null {
  switch (event.event) {
    case "phase":
      if (event.state === "skipped") return null;
      if (event.state === "started") return null;
      return `${event.phase} ${event.table ?? "all tables"}: done in ${formatSeconds(event.seconds ?? 0)}`;
    case "migration":
      if (event.state === "applied") return `applied migration ${event.name}`;
      return event.state === "reverted" ? `reverted migration ${event.name}` : null;
    case "waiting":
      return `waiting (${event.table}): ${event.reason}`;
    case "set-aside":
      return [
        `${formatCounted(event.rows, "row")} of ${event.table} set aside, beyond what halfvec can hold:`,
        ...event.examples.map((row) => `  ${JSON.stringify(row.key)}: ${row.reason}`),
        ...(event.rows > event.examples.length ? ["  … (all: npm run migrate:halfvec -- status)"] : []),
      ].join("\n");
    case "verified":
      if (event.ok && event.figures.rows === 0)
        return `verify ${event.table}: green (the table has no embeddings)`;
      return [
        `verify ${event.table}: ${event.ok ? "green" : "RED"}`,
        ...event.figures.checks.map(
          (check) => `  ${check.ok ? "✓" : "✗"} ${check.name.padEnd(10)} ${check.detail}`,
        ),
      ].join("\n");
    case "tuned":
      return tunedText(event);
    case "dropped":
      return `dropped ${event.index} of ${event.table}: ${formatBytes(event.bytes)} are free`;
    case "written":
      return `wrote ${event.path}: commit it, so that a new database follows the same history, and take embeddingVectorBackup out of prisma/schema.prisma`;
    case "proved":
      return `${event.unequal === 0 ? "proved" : "NOT proved"} ${event.table}: ${originalsText(event)}`;
    case "warning":
      return `warning: ${event.message}`;
    default:
      return null;
  }
}

/** What a measured index has, and whether the app takes it. */
function tunedText({ index, tuning, curve, searched }: TunedProfile): string {
  if (tuning === null) {
    return `measured ${index}: recall@10 ${formatShare(curve.at(-1)?.recall ?? null, 1)} with ${curve.at(-1)?.candidates ?? 0} candidates, less than is asked for`;
  }
  const taken = searched ? "; searches take it from now on" : "";
  return `measured ${index}: recall@${tuning.k} ${formatShare(chosenPoint(tuning)?.recall ?? null, 1)} with ${tuning.candidates} candidates (asked for: ${formatShare(tuning.target, 1)})${taken}`;
}

/** What a rollback brings back of one table. */
export function originalsText({ rows, unequal, rounded }: ProvedOriginals): string {
  if (rows === 0) return "no embeddings";
  if (unequal > 0)
    return `${formatCounted(unequal, "backup")} not equal to what the app reads (of ${formatCounted(rows, "row")})`;
  const parts = [
    ...(rounded < rows ? [`${formatCounted(rows - rounded, "original")}, bit for bit`] : []),
    ...(rounded > 0
      ? [
          `${formatCounted(rounded, "row")} with no more digits than halfvec (written since the swap, or always so)`,
        ]
      : []),
  ];
  return parts.join("; ");
}

/** How far a table is, for the events that tell progress; null for all others. */
export function progressOf(event: MigrationEvent): { table: string; share: number; text: string } | null {
  switch (event.event) {
    case "convert": {
      const share = event.rowsTotal === 0 ? 1 : event.rowsConverted / event.rowsTotal;
      const left = event.etaSeconds === null ? "" : `  ${formatSeconds(event.etaSeconds)} left`;
      const text = `${formatCount(event.rowsConverted)} of ${formatCounted(event.rowsTotal, "row")}  ${formatCount(event.rowsPerSecond)}/s  HOT ${formatShare(event.hotShare)}${left}`;
      return { table: event.table, share, text };
    }
    case "index":
    case "verify": {
      const share = event.total === 0 ? 0 : event.done / event.total;
      return { table: event.table, share, text: event.step };
    }
    default:
      return null;
  }
}
