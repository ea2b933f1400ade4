import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import { readCatalog } from "./catalog.ts";
import { twinFilling } from "./convert/filling.ts";
import { forecastStorage } from "./forecast/forecast-storage.ts";
import { PHASE_NAMES, type Phase, type PhaseName } from "./phases.ts";
import { hasBookkeeping } from "./settings.ts";
import { storageFigures, totalBytes } from "./storage.ts";
import { measureBytes } from "./table-bytes.ts";
import { countEmbedded, countUnconverted } from "./unconverted.ts";

/** What a run would do to one table. Bytes ending in `Forecast` are computed, all others are measured. */
export interface TablePlan {
  table: string;
  phase: Phase;
  /** Steps that are still needed. */
  steps: PhaseName[];
  rows: number;
  unconverted: number;
  bytesNow: number;
  /** Largest size on the way: twin and both indexes stand. */
  peakBytesForecast: number;
  /** After the swap: the old index is gone, the backup stays. */
  swappedBytesForecast: number;
  /** After contract and a rewrite of the table. */
  contractedBytesForecast: number;
}

/** The locks of each step and what they keep waiting. */
export const LOCKS: Record<PhaseName, string> = {
  expand: "ACCESS EXCLUSIVE for milliseconds, asked for with a time-out and given up between attempts",
  convert: "row locks on one row a page, for one short transaction each; rows that others hold are passed by",
  index: "SHARE UPDATE EXCLUSIVE: reads and writes go on, other DDL and VACUUM of the table wait",
  verify: "none but those of a SELECT",
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
    };
  }
  const rows = await countEmbedded(client, table);
  const expanded = (phase === "expanded" || phase === "indexed") && (await hasBookkeeping(client));
  const unconverted = expanded
    ? await countUnconverted(client, twinFilling(table))
    : phase === "baseline"
      ? rows
      : 0;
  const bytes = await measureBytes(client, table);
  const { peak, swapped, contracted } = forecastStorage({
    phase,
    now: storageFigures(bytes),
    rows,
    unconverted,
    dimensions: table.dimensions,
    m: table.hnsw.m,
  });
  return {
    table: table.name,
    phase,
    steps: stepsFrom(phase, unconverted),
    rows,
    unconverted,
    bytesNow: bytes.total,
    peakBytesForecast: totalBytes(peak),
    swappedBytesForecast: totalBytes(swapped),
    contractedBytesForecast: totalBytes(contracted),
  };
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
