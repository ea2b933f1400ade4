import { CONTRACT_AFTER_DAYS } from "../../app/services/halfvec/contract/readiness.ts";
import { PHASE_NAMES } from "../../app/services/halfvec/phases.ts";
import { LOCKS, type PlannedStorage, type TablePlan } from "../../app/services/halfvec/plan.ts";
import type { Finding } from "../../app/services/halfvec/preflight/finding.ts";
import type { MigrationStatus, TableStatus } from "../../app/services/halfvec/status.ts";
import { MOMENTS, type Moment, type StorageFigures, totalBytes } from "../../app/services/halfvec/storage.ts";
import { formatBytes, formatCount, formatSeconds, formatShare, formatTable } from "./format.ts";
import { indexLines } from "./indexes.ts";
import { profileLines } from "./profiles.ts";

const DASH = "–";

export function planLines(plans: readonly TablePlan[], findings: readonly Finding[]): string[] {
  const total = (pick: (plan: TablePlan) => number) => plans.reduce((sum, plan) => sum + pick(plan), 0);
  const row = (
    name: string,
    phase: string,
    steps: string,
    of: (pick: (plan: TablePlan) => number) => number,
  ) => [
    name,
    phase,
    steps,
    formatCount(of((plan) => plan.rows)),
    formatCount(of((plan) => plan.unconverted)),
    formatBytes(of((plan) => plan.bytesNow)),
    formatBytes(of((plan) => plan.peakBytesForecast)),
    formatBytes(of((plan) => plan.swappedBytesForecast)),
    formatBytes(of((plan) => plan.contractedBytesForecast)),
    formatBytes(of((plan) => plan.compactBytesForecast)),
  ];
  const needed = PHASE_NAMES.filter((phase) => plans.some((plan) => plan.steps.includes(phase)));
  return [
    ...formatTable(
      [
        "",
        "phase",
        "next step",
        "rows",
        "to convert",
        "bytes now",
        "peak*",
        "swapped*",
        "contracted*",
        "compact*",
      ],
      [
        ...plans.map((plan) => row(plan.table, plan.phase, plan.steps[0] ?? "none", (pick) => pick(plan))),
        row("all", "", "", total),
      ],
    ),
    "* forecast, not measured; compact: contracted, with an index of profile compact in place of the other",
    ...partLines(plans),
    ...needLines(plans),
    ...(needed.length > 0 ? ["", "Locks:"] : []),
    ...needed.map((phase) => `  ${phase.padEnd(8)} ${LOCKS[phase]}`),
    ...findingLines("A run would stop, because:", findings, "stop"),
    ...findingLines("Good to know:", findings, "warn"),
  ];
}

const PARTS = [
  ["heap", "heapBytes"],
  ["TOAST", "toastBytes"],
  ["vector index", "vectorIndexBytes"],
  ["new index", "halfvecIndexBytes"],
  ["other indexes", "otherIndexBytes"],
] as const;

/** Of what the bytes are made, over all tables, turn by turn: each forecast beneath what was measured there. */
function partLines(plans: readonly TablePlan[]): string[] {
  const storages = plans.flatMap(({ storage }) => storage ?? []);
  if (storages.length === 0) return [];
  const measured = (moment: Moment): Turn[] =>
    storages.every((storage) => storage.measured.some((stored) => stored.moment === moment))
      ? [[moment, (storage) => storage.measured.find((stored) => stored.moment === moment)]]
      : [];
  const turns: Turn[] = [
    ...MOMENTS.filter((moment) => moment !== "swapped").flatMap(measured),
    ["peak*", ({ peak }) => peak],
    ...measured("swapped"),
    ["swapped*", ({ swapped }) => swapped],
    ["contracted*", ({ contracted }) => contracted],
    ["compact*", ({ compact }) => compact],
    ["now", ({ now }) => now],
  ];
  const title = storages.length === 1 ? "The table" : "All tables";
  return [
    "",
    ...formatTable(
      [title, ...PARTS.map(([part]) => part), "total"],
      turns.map(([turn, of]) => {
        const figures = storages.map(of);
        const sum = (pick: (one: StorageFigures) => number) =>
          formatBytes(figures.reduce((total, one) => total + (one ? pick(one) : 0), 0));
        return [turn, ...PARTS.map(([, key]) => sum((one) => one[key])), sum(totalBytes)];
      }),
    ),
  ];
}

/** A turn of the migration, and how large a table is there. */
type Turn = [name: string, of: (storage: PlannedStorage) => StorageFigures | undefined];

/** What the run needs besides the tables as they are. */
function needLines(plans: readonly TablePlan[]): string[] {
  const sum = (pick: (plan: TablePlan) => number) => plans.reduce((total, plan) => total + pick(plan), 0);
  const disk = sum((plan) => plan.diskBytesForecast);
  const wal = sum((plan) => plan.walBytesForecast);
  const spilling = plans.filter(
    ({ steps, graphBytesForecast, maintenanceWorkMem }) =>
      steps.includes("index") && graphBytesForecast > maintenanceWorkMem,
  );
  return [
    ...(disk + wal > 0
      ? [
          `Until the swap about ${formatBytes(disk)} more on disk*, and ${formatBytes(wal)} of write-ahead log*.`,
        ]
      : []),
    ...buildLines(plans),
    ...spilling.map(
      ({ table, graphBytesForecast, maintenanceWorkMem }) =>
        `The graph of the index of ${table} takes about ${formatBytes(graphBytesForecast)} of memory*; maintenance_work_mem is ${formatBytes(maintenanceWorkMem)}, so the rows beyond it are inserted one by one, which takes longer. Give it more: ALTER ROLE CURRENT_USER SET maintenance_work_mem = '${Math.ceil((1.1 * graphBytesForecast) / 2 ** 20)}MB'`,
    ),
  ];
}

/** How long the index of each table takes to build, and its graph in memory: beside it what it took, where that is known. */
function buildLines(plans: readonly TablePlan[]): string[] {
  const shown = plans.filter(
    ({ steps, buildSeconds, compactBuildSeconds }) =>
      steps.includes("index") || buildSeconds !== null || compactBuildSeconds !== null,
  );
  if (shown.every(({ buildSecondsForecast }) => buildSecondsForecast === 0)) return [];
  const measured = (seconds: number | null) => (seconds === null ? DASH : formatSeconds(seconds));
  const memory = Math.min(...shown.map(({ maintenanceWorkMem }) => maintenanceWorkMem));
  return [
    "",
    ...formatTable(
      ["Building the index", "roughly*", "measured", "memory*", "compact: roughly*", "measured", "memory*"],
      shown.map((plan) => [
        plan.table,
        formatSeconds(plan.buildSecondsForecast),
        measured(plan.buildSeconds),
        formatBytes(plan.graphBytesForecast),
        formatSeconds(plan.compactBuildSecondsForecast),
        measured(plan.compactBuildSeconds),
        formatBytes(plan.compactGraphBytesForecast),
      ]),
    ),
    `with nothing else at work, and its graph in memory; maintenance_work_mem is ${formatBytes(memory)}`,
  ];
}

function findingLines(title: string, findings: readonly Finding[], level: Finding["level"]): string[] {
  const found = findings.filter((finding) => finding.level === level);
  return found.length === 0 ? [] : ["", title, ...found.map(({ message }) => `  ${message}`)];
}

export function statusLines(status: MigrationStatus): string[] {
  const lines = formatTable(
    ["", "phase", "rows done", "HOT", "rate", "left", "block", "set aside", "verify"],
    status.tables.map((table) => [
      table.table,
      phaseText(table),
      table.conversion
        ? `${formatCount(table.conversion.rowsConverted)} of ${formatCount(table.conversion.rowsTotal)}`
        : DASH,
      formatShare(table.conversion?.hotShare ?? null),
      table.conversion?.rowsPerSecond ? `${formatCount(table.conversion.rowsPerSecond)}/s` : DASH,
      table.conversion?.etaSeconds != null ? formatSeconds(table.conversion.etaSeconds) : DASH,
      table.conversion ? `${table.conversion.nextBlock}/${table.conversion.endBlock}` : DASH,
      formatCount(table.setAside.length),
      table.verification ? (table.verification.ok ? "green" : "red") : DASH,
    ]),
  );
  if (status.settings?.paused)
    lines.push(
      "",
      `Conversions are paused by ${status.settings.pausedBy}. To go on: npm run migrate:halfvec -- resume`,
    );
  if (status.settings?.swappedAt) lines.push("", swappedText(status.settings.swappedAt));
  const inline = status.tables.filter((table) => table.inline).map(({ table }) => table);
  if (inline.length > 0)
    lines.push("", `New embeddings stay in their rows (--storage inline) in ${inline.join(", ")}.`);
  lines.push("", ...indexLines(status), ...profileLines(status.tables));
  for (const table of status.tables) {
    for (const row of table.setAside)
      lines.push(`set aside in ${table.table}: ${JSON.stringify(row.key)}: ${row.reason}`);
    for (const check of table.verification?.figures.checks.filter((one) => !one.ok) ?? []) {
      lines.push(`verify of ${table.table} is red: ${check.name}: ${check.detail}`);
    }
  }
  return lines;
}

function swappedText(at: Date): string {
  const due = new Date(at.getTime() + CONTRACT_AFTER_DAYS * 86_400_000);
  return `Swapped at ${at.toISOString()}. Contract, which drops the originals, from ${due.toISOString().slice(0, 10)} on; until then a rollback brings them back.`;
}

function phaseText(table: TableStatus): string {
  if (table.goingBack) return "going back";
  if (table.phase !== "expanded") return table.phase;
  if (!table.conversion) return "expanded";
  return table.conversion.finishedAt ? "converted" : "converting";
}
