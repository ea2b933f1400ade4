import { forecastStorage } from "../../halfvec/forecast/forecast-storage.ts";
import type { Queryable } from "../../halfvec/queryable.ts";
import { readStorage, type StoredStorage, storageFigures } from "../../halfvec/storage.ts";
import { measureBytes } from "../../halfvec/table-bytes.ts";
import type { LookedAtTable, SharedLook } from "../snapshot/shared-look.server.ts";
import type { ForecastStorage, MeasuredStorage, StorageMetrics, TableStorage } from "../vector-metrics.ts";
import { compareStorage, sumStorage, withTotal } from "./compare-storage.ts";
import { readUnconverted } from "./unconverted-rows.server.ts";

/** What the tables take now, what they took before expand and at the most, and a forecast of what is left in the end. */
export async function readStorageMetrics(look: SharedLook): Promise<StorageMetrics> {
  const there = (await look.tables()).filter(({ catalog }) => catalog.phase !== "absent");
  const { bookkeeping } = await look.schemas();
  const rows = await look.embeddedRows();
  const unconverted = bookkeeping ? await readUnconverted(look.db) : new Map<string, number>();
  const tables: TableStorage[] = [];
  for (const table of there) {
    const estimate = { rows: rows.get(table.table.name), unconverted: unconverted.get(table.table.name) };
    const stored = await readStored(look, table);
    tables.push(await readTable(look.db, table, stored, estimate));
  }
  return { tables, total: sumStorage(tables, new Date().toISOString()) };
}

/** The bookkeeping goes with contract, which leaves what was measured to us. */
async function readStored(look: SharedLook, { table, catalog }: LookedAtTable): Promise<StoredStorage[]> {
  const { bookkeeping, metrics } = await look.schemas();
  if (bookkeeping) return readStorage(look.db, table);
  if (!metrics || catalog.phase !== "contracted") return [];
  return readStorage(look.db, table, "vector_metrics.past_storage");
}

interface RowEstimate {
  /** With an embedding. */
  readonly rows: number | undefined;
  readonly unconverted: number | undefined;
}

async function readTable(
  db: Queryable,
  looked: LookedAtTable,
  stored: readonly StoredStorage[],
  estimate: RowEstimate,
): Promise<TableStorage> {
  const bytes = await measureBytes(db, looked.table);
  const now: MeasuredStorage = {
    ...withTotal(storageFigures(bytes)),
    measuredAt: new Date().toISOString(),
  };
  const baseline = stored.find(({ moment }) => moment === "baseline");
  return {
    table: looked.table.name,
    indexes: bytes.indexes.sort((a, b) => b.bytes - a.bytes || a.name.localeCompare(b.name)),
    ...compareStorage({
      before: baseline ? measured(baseline) : null,
      stored: stored.map(measured),
      now,
      after: forecast(looked, now, estimate),
    }),
  };
}

function forecast(
  { table, catalog: { phase } }: LookedAtTable,
  now: MeasuredStorage,
  { rows, unconverted = rows }: RowEstimate,
): ForecastStorage | null {
  if (phase === "contracted" || rows === undefined || unconverted === undefined) return null;
  const { dimensions, hnsw } = table;
  return withTotal(forecastStorage({ phase, now, rows, unconverted, dimensions, m: hnsw.m }).contracted);
}

function measured(stored: StoredStorage): MeasuredStorage {
  return { ...withTotal(stored), measuredAt: stored.measuredAt.toISOString() };
}
