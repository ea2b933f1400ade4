import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import { type IndexProfile, notedTuning } from "../index-tuning.ts";
import { profileIndexOn, readCatalog, type TableCatalog } from "./catalog.ts";
import { twinFilling } from "./convert/filling.ts";
import { readBuildMeans } from "./forecast/build-means.ts";
import { buildSeconds } from "./forecast/build-seconds.ts";
import { type ForecastBasis, forecastStorage, type StorageForecast } from "./forecast/forecast-storage.ts";
import { graphBytesPerRow } from "./forecast/graph-memory.ts";
import { rewrittenBytes } from "./forecast/rewritten-bytes.ts";
import { readWidths } from "./forecast/table-widths.ts";
import { twinBytes } from "./forecast/twin-bytes.ts";
import { walBytes } from "./forecast/wal-bytes.ts";
import { qualified, quoted } from "./identifiers.ts";
import { readSeconds } from "./phase-seconds.ts";
import { PHASE_NAMES, type Phase, type PhaseName } from "./phases.ts";
import { hasBookkeeping } from "./settings.ts";
import {
  readStorage,
  type StorageFigures,
  type StoredStorage,
  storageFigures,
  totalBytes,
} from "./storage.ts";
import { measureBytes } from "./table-bytes.ts";
import { countUnconverted } from "./unconverted.ts";
import { comparedColumns } from "./verify/compared-columns.ts";

/** What a run would do to one table. Bytes ending in `Forecast` are computed, all others are measured. */
export interface TablePlan {
  table: string;
  phase: Phase;
  /** Steps that are still needed. */
  steps: PhaseName[];
  rows: number;
  unconverted: number;
  bytesNow: number;
  /** Largest size on the way: twin and both indexes stand. From the baseline, whatever the table is now. */
  peakBytesForecast: number;
  /** After the swap: the old index is gone, the backup stays. */
  swappedBytesForecast: number;
  /** After contract and a rewrite of the table. */
  contractedBytesForecast: number;
  /** The same with a compact index in place of the halfvec index. */
  compactBytesForecast: number;
  /** More than now until the largest size. */
  diskBytesForecast: number;
  /** The same sums by what they are made of. Null where there is no such table. */
  storage: PlannedStorage | null;
  /** Write-ahead log of conversion and index build, in all, with a checkpoint on the way. */
  walBytesForecast: number;
  /** Memory that holds the graph of the halfvec index while it is built, and of a compact one; whether one stands already or not. */
  graphBytesForecast: number;
  compactGraphBytesForecast: number;
  /** `maintenance_work_mem` of the server: what there is for it. */
  maintenanceWorkMem: number;
  /** About how long the halfvec index takes to build, and a compact one; whether one stands already or not. In seconds. */
  buildSecondsForecast: number;
  compactBuildSecondsForecast: number;
  /** What the build of the halfvec index took, over all runs of the step `index`; null where that is not known, or not any more. */
  buildSeconds: number | null;
  /** What the build of the compact index took; null where there is none, or the tool did not build it. */
  compactBuildSeconds: number | null;
}

/** Bytes of a table at the turns of the migration. */
export interface PlannedStorage extends Omit<StorageForecast, "toCome"> {
  now: StorageFigures;
  /** What was measured at the turns that are behind it, oldest first; empty before expand. */
  measured: StoredStorage[];
}

/** The locks of each step and what they keep waiting. */
export const LOCKS: Record<PhaseName, string> = {
  expand: "ACCESS EXCLUSIVE for milliseconds, asked for with a time-out and given up between attempts",
  convert: "row locks on one row a page, for one short transaction each; rows that others hold are passed by",
  index: "SHARE UPDATE EXCLUSIVE: reads and writes go on, other DDL and VACUUM of the table wait",
  verify: "those of a SELECT, and of a COMMENT on the index",
  swap: "ACCESS EXCLUSIVE on all tables for milliseconds, asked for with a time-out and given up between attempts",
};

/** Says what a run would do to each table. Changes nothing. A table that does not exist has no steps and no rows. */
export async function planMigration(
  client: ClientBase,
  tables: readonly EmbeddingTable[],
): Promise<TablePlan[]> {
  const plans: TablePlan[] = [];
  for (const table of tables) plans.push(await planTable(client, table));
  return plans;
}

async function planTable(client: ClientBase, table: EmbeddingTable): Promise<TablePlan> {
  const catalog = await readCatalog(client, table);
  const { phase } = catalog;
  if (phase === "absent") {
    const nothing = { rows: 0, unconverted: 0, bytesNow: 0 };
    return {
      table: table.name,
      phase,
      steps: [...PHASE_NAMES],
      ...nothing,
      peakBytesForecast: 0,
      swappedBytesForecast: 0,
      contractedBytesForecast: 0,
      compactBytesForecast: 0,
      diskBytesForecast: 0,
      storage: null,
      walBytesForecast: 0,
      graphBytesForecast: 0,
      compactGraphBytesForecast: 0,
      maintenanceWorkMem: 0,
      buildSecondsForecast: 0,
      compactBuildSecondsForecast: 0,
      buildSeconds: null,
      compactBuildSeconds: null,
    };
  }
  const { all, embedded: rows } = await countRows(client, table);
  const kept = await hasBookkeeping(client);
  const expanded = (phase === "expanded" || phase === "indexed") && kept;
  const unconverted = expanded
    ? await countUnconverted(client, twinFilling(table))
    : phase === "baseline"
      ? rows
      : 0;
  const bytes = await measureBytes(client, table);
  const now = storageFigures(bytes);
  const { dimensions } = table;
  const { m } = table.hnsw;
  const widths = await readWidths(client, table);
  const twins = twinBytes(table, phase, widths);
  const measured = await readMeasured(client, table, phase);
  const { peak, swapped, contracted, compact, toCome } = forecastStorage({
    phase,
    now,
    rows,
    unconverted,
    dimensions,
    m,
    baseline: baselineOf(measured, rows, all),
    twins,
    rewritten: rewrittenBytes({ table, phase, otherIndexBytes: now.otherIndexBytes, rows: all, widths }),
  });
  const steps = stepsFrom(phase, unconverted);
  const means = await readBuildMeans(client, table);
  const build = { rows, dimensions, hnsw: table.hnsw, heapBytes: peak.heapBytes };
  return {
    table: table.name,
    phase,
    steps,
    rows,
    unconverted,
    bytesNow: bytes.total,
    peakBytesForecast: totalBytes(peak),
    swappedBytesForecast: totalBytes(swapped),
    contractedBytesForecast: totalBytes(contracted),
    compactBytesForecast: totalBytes(compact),
    diskBytesForecast: toCome,
    storage: { peak, swapped, contracted, compact, now, measured },
    walBytesForecast: walBytes({
      now,
      dimensions,
      m,
      unconverted,
      toIndex: steps.includes("index") ? rows : 0,
      rows: all,
      twins,
      btrees: catalog.indexes.filter(({ method }) => method === "btree").length,
    }),
    graphBytesForecast: rows * graphBytesPerRow("halfvec", dimensions, m),
    compactGraphBytesForecast: rows * graphBytesPerRow("bit", dimensions, m),
    maintenanceWorkMem: means.maintenanceWorkMem,
    buildSecondsForecast: buildSeconds("halfvec", build, means),
    compactBuildSecondsForecast: buildSeconds("compact", build, means),
    buildSeconds:
      (kept ? (await readSeconds(client, table)).index : undefined) ??
      notedSeconds(table, catalog, "halfvec"),
    compactBuildSeconds: notedSeconds(table, catalog, "compact"),
  };
}

/** What the build of a standing index of a profile took, as its comment has it. */
function notedSeconds(table: EmbeddingTable, catalog: TableCatalog, profile: IndexProfile): number | null {
  const index = profileIndexOn(catalog, profile, comparedColumns(table, catalog.phase).halfvec.name);
  return notedTuning(index?.comment ?? null)?.tuning.buildSeconds ?? null;
}

/** Contract leaves what was measured to the dashboard, where there is one. */
async function readMeasured(
  client: ClientBase,
  table: EmbeddingTable,
  phase: Phase,
): Promise<StoredStorage[]> {
  if (await hasBookkeeping(client)) return readStorage(client, table);
  if (phase !== "contracted") return [];
  const { rows } = await client.query("SELECT WHERE to_regclass('vector_metrics.past_storage') IS NOT NULL");
  return rows.length === 0 ? [] : readStorage(client, table, "vector_metrics.past_storage");
}

/** What was measured before expand, and about how many rows had an embedding then. */
function baselineOf(
  measured: readonly StoredStorage[],
  rows: number,
  all: number,
): ForecastBasis["baseline"] {
  const figures = measured.find(({ moment }) => moment === "baseline");
  if (figures === undefined || all === 0) return null;
  return { figures, rows: figures.rowEstimate > 0 ? (rows * figures.rowEstimate) / all : rows };
}

/** Rows, and those of them with an embedding. Reads the whole heap, but no vector: about a second for a million rows. */
async function countRows(
  client: ClientBase,
  table: EmbeddingTable,
): Promise<{ all: number; embedded: number }> {
  const { rows } = await client.query<{ all: string; embedded: string }>(
    `SELECT count(*) AS all, count(${quoted(table.column)}) AS embedded FROM ${qualified(table)}`,
  );
  return { all: Number(rows[0]?.all ?? 0), embedded: Number(rows[0]?.embedded ?? 0) };
}

function stepsFrom(phase: Phase, unconverted: number): PhaseName[] {
  switch (phase) {
    case "swapped":
    case "contracted":
      return [];
    case "indexed":
      return unconverted > 0 ? ["convert", "verify", "swap"] : ["verify", "swap"];
    case "expanded":
      return unconverted > 0 ? ["convert", "index", "verify", "swap"] : ["index", "verify", "swap"];
    default:
      return [...PHASE_NAMES];
  }
}
