import type { EmbeddingTable } from "../../embedding-tables.ts";
import { type CatalogIndex, columnType, isGoingBack, readCatalog, type TableCatalog } from "./catalog.ts";
import { estimateEmbeddedRows } from "./embedded-rows.ts";
import type { SetAsideRow } from "./events.ts";
import { qualified } from "./identifiers.ts";
import { readSeconds } from "./phase-seconds.ts";
import type { Phase } from "./phases.ts";
import type { ProfileTable } from "./profile-table/profile-figures.ts";
import type { ProfileForecast } from "./profile-table/profile-forecast.ts";
import { readProfileTable } from "./profile-table/read-profile-table.ts";
import type { Queryable } from "./queryable.ts";
import { hasBookkeeping, type MigrationSettings, readSettings } from "./settings.ts";
import { readStorage, type StoredStorage } from "./storage.ts";
import { readSetAside } from "./unconverted.ts";
import type { VerificationFigures } from "./verify/figures.ts";

/** Where one table stands. Cheap: reads the catalog and the bookkeeping, never the table. */
export interface TableStatus {
  table: string;
  phase: Phase;
  /** Whether a rollback of the swap has begun. */
  goingBack: boolean;
  rowEstimate: number;
  /** Whether new values of the column that the app reads stay in their rows: `contract --storage inline`. */
  inline: boolean;
  /** Null before the first conversion. */
  conversion: ConversionStatus | null;
  setAside: SetAsideRow[];
  indexes: CatalogIndex[];
  verification: StoredVerification | null;
  storage: StoredStorage[];
  /** What was asked for beside what each index gives; null where there is no such table. */
  profiles: ProfileTable | null;
  /** Seconds that each step took, added up over interruptions. */
  seconds: Record<string, number>;
}

export interface StoredVerification {
  ok: boolean;
  verifiedAt: Date;
  figures: VerificationFigures;
  /** Whether the triggers and indexes that it stands on are still the same. */
  current: boolean;
}

export interface ConversionStatus {
  rowsConverted: number;
  rowsTotal: number;
  rowsHot: number;
  /** Share of HOT updates, 0 to 1, or null before the first. */
  hotShare: number | null;
  /** The next block that nobody has claimed, of so many. */
  nextBlock: number;
  endBlock: number;
  /** Ranges in the hands of workers. */
  claims: number;
  /** Rows per second over the last samples while it runs, else null. */
  rowsPerSecond: number | null;
  etaSeconds: number | null;
  startedAt: Date;
  finishedAt: Date | null;
}

export interface MigrationStatus {
  settings: MigrationSettings | null;
  tables: TableStatus[];
}

/** What stands about one table but for its set-aside rows and its measurements. */
export type TableState = Omit<TableStatus, "setAside" | "storage" | "profiles">;

/** @param forecasts by the name of the table, where somebody knows more of its rows than the statistics. */
export async function readStatus(
  client: Queryable,
  tables: readonly EmbeddingTable[],
  forecasts: ReadonlyMap<string, ProfileForecast> = new Map(),
): Promise<MigrationStatus> {
  const kept = await hasBookkeeping(client);
  const looked: { table: EmbeddingTable; catalog: TableCatalog }[] = [];
  for (const table of tables) looked.push({ table, catalog: await readCatalog(client, table) });
  const rows = await estimateEmbeddedRows(client, looked);
  const statuses: TableStatus[] = [];
  for (const { table, catalog } of looked) {
    const state = await readTableState(client, table, catalog, kept);
    const storage = kept ? await readStorage(client, table) : [];
    const known = { embedded: rows.get(table.name), forecast: forecasts.get(table.name) };
    statuses.push({
      ...state,
      setAside: kept && columnType(catalog, table.twin) ? await readSetAside(client, table, catalog) : [],
      storage,
      profiles: await readProfileTable(client, table, catalog, { ...state, storage }, known),
    });
  }
  return { settings: kept ? await readSettings(client) : null, tables: statuses };
}

/** @param kept whether the bookkeeping stands. */
export async function readTableState(
  client: Queryable,
  table: EmbeddingTable,
  catalog: TableCatalog,
  kept: boolean,
): Promise<TableState> {
  return {
    table: table.name,
    phase: catalog.phase,
    goingBack: isGoingBack(catalog),
    rowEstimate: catalog.rowEstimate,
    inline: catalog.columns.some(({ name, inline }) => name === table.column && inline),
    indexes: catalog.indexes,
    conversion: kept ? await readConversion(client, table, filledColumn(table, catalog)) : null,
    verification: kept ? await readVerification(client, table) : null,
    seconds: kept ? await readSeconds(client, table) : {},
  };
}

/** The column that is filled, or was filled last: on the way back the backup. */
export function filledColumn(table: EmbeddingTable, catalog: TableCatalog): string {
  return isGoingBack(catalog) ? table.backup : table.twin;
}

async function readConversion(
  client: Queryable,
  table: EmbeddingTable,
  column: string,
): Promise<ConversionStatus | null> {
  const { rows } = await client.query<
    Record<string, string> & { started_at: Date; finished_at: Date | null; rate: number | null }
  >(
    `SELECT c.*, (SELECT count(*) FROM halfvec_migration.claims k
             WHERE k.table_name = c.table_name AND k.column_name = c.column_name) AS claims,
            (SELECT (max(p.rows_converted) - min(p.rows_converted))
                    / nullif(extract(epoch FROM max(p.measured_at) - min(p.measured_at)), 0)
             FROM halfvec_migration.progress p
             WHERE p.table_name = c.table_name AND p.column_name = c.column_name AND p.measured_at > now() - interval '15 seconds')::float8 AS rate
     FROM halfvec_migration.conversions c WHERE c.table_name = $1 AND c.column_name = $2`,
    [table.name, column],
  );
  const row = rows[0];
  if (!row) return null;
  const rowsConverted = Number(row.rows_converted);
  const rowsTotal = Number(row.rows_total);
  const rowsHot = Number(row.rows_hot);
  const rate = row.finished_at === null ? row.rate : null;
  return {
    rowsConverted,
    rowsTotal,
    rowsHot,
    hotShare: rowsConverted > 0 ? rowsHot / rowsConverted : null,
    nextBlock: Number(row.next_block),
    endBlock: Number(row.end_block),
    claims: Number(row.claims),
    rowsPerSecond: rate,
    etaSeconds: rate ? Math.max(0, rowsTotal - rowsConverted) / rate : null,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}

/** The newest verification of `table`, or null. */
export async function readVerification(
  client: Queryable,
  table: EmbeddingTable,
): Promise<StoredVerification | null> {
  const { rows } = await client.query<{
    ok: boolean;
    verified_at: Date;
    figures: VerificationFigures;
    current: boolean;
  }>(
    `SELECT ok, verified_at, figures,
            coalesce(fingerprint = halfvec_migration.fingerprint($2::regclass), false) AS current
     FROM halfvec_migration.verifications WHERE table_name = $1 ORDER BY id DESC LIMIT 1`,
    [table.name, qualified(table)],
  );
  const row = rows[0];
  if (!row) return null;
  return { ok: row.ok, verifiedAt: row.verified_at, figures: row.figures, current: row.current };
}
