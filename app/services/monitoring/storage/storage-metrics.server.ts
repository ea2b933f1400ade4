import { type ForecastBasis, forecastStorage } from "../../halfvec/forecast/forecast-storage.ts";
import type { ProfileTable } from "../../halfvec/profile-table/profile-figures.ts";
import { forecastProfiles } from "../../halfvec/profile-table/profile-forecast.ts";
import { profileTable } from "../../halfvec/profile-table/profile-table.ts";
import { readStorage, type StoredStorage, storageFigures } from "../../halfvec/storage.ts";
import { measureBytes } from "../../halfvec/table-bytes.ts";
import type { VerificationFigures } from "../../halfvec/verify/figures.ts";
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
  const verified = await look.verified();
  const tables: TableStorage[] = [];
  const profiles: ProfileTable[] = [];
  for (const looked of there) {
    const { name } = looked.table;
    const estimate = { rows: rows.get(name), unconverted: unconverted.get(name) };
    const stored = await readStored(look, looked);
    const table = await readTable(look, looked, stored, estimate);
    tables.push(table);
    const figures = verified.find((one) => one.table === name)?.figures ?? null;
    profiles.push(compareProfiles(looked, table.now, stored, figures, estimate));
  }
  return { tables, total: sumStorage(tables, new Date().toISOString()), profiles };
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
  { db }: SharedLook,
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
  looked: LookedAtTable,
  now: MeasuredStorage,
  estimate: RowEstimate,
): ForecastStorage | null {
  const basis = looked.catalog.phase === "contracted" ? null : forecastBasis(looked, now, estimate);
  return basis && withTotal(forecastStorage(basis).contracted);
}

function compareProfiles(
  looked: LookedAtTable,
  now: MeasuredStorage,
  stored: readonly StoredStorage[],
  verification: VerificationFigures | null,
  estimate: RowEstimate,
): ProfileTable {
  const basis = forecastBasis(looked, now, estimate);
  return profileTable({
    ...looked,
    now,
    baseline: stored.find(({ moment }) => moment === "baseline"),
    verification,
    embedded: estimate.rows,
    forecast: basis && forecastProfiles(basis),
  });
}

/** Null where PostgreSQL has no estimate of the rows. */
function forecastBasis(
  { table: { dimensions, hnsw }, catalog: { phase } }: LookedAtTable,
  now: MeasuredStorage,
  { rows, unconverted = rows }: RowEstimate,
): ForecastBasis | null {
  if (rows === undefined || unconverted === undefined) return null;
  return { phase, now, rows, unconverted, dimensions, m: hnsw.m };
}

function measured(stored: StoredStorage): MeasuredStorage {
  return { ...withTotal(stored), measuredAt: stored.measuredAt.toISOString() };
}
