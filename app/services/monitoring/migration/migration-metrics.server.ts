import { env } from "../../../env.server.ts";
import { columnType } from "../../halfvec/catalog.ts";
import { CONTRACT_AFTER_DAYS } from "../../halfvec/contract/readiness.ts";
import { readSettings } from "../../halfvec/settings.ts";
import { readTableState } from "../../halfvec/status.ts";
import { readTurn } from "../../halfvec/turn.ts";
import { sampleSetAside } from "../../halfvec/unconverted.ts";
import { verifyInProgress } from "../admin/verify-run.server.ts";
import type { LookedAtTable, SharedLook } from "../snapshot/shared-look.server.ts";
import type { TableMigration } from "../vector-metrics.ts";
import { type AdminAction, isVectorFlag, type Json, type MigrationMetrics } from "../vector-metrics.ts";
import { adviceOn } from "./advice.ts";
import { type Progress, readProgress } from "./read-progress.server.ts";

const DAY_MS = 86_400_000;
/** Each entry costs a look-up by key. */
const SET_ASIDE = { most: 200, examples: 10 };
const MOST_ACTIONS = 20;

/** How far the migration is. Before expand and after contract nothing is kept of it, and the catalog says it all. */
export async function readMigrationMetrics(look: SharedLook, now: Date): Promise<MigrationMetrics> {
  const tables = await look.tables();
  const { bookkeeping, metrics } = await look.schemas();
  const settings = bookkeeping ? await readSettings(look.db) : null;
  const progress = bookkeeping ? await readProgress(look, tables) : new Map<string, Progress>();
  const states: TableMigration[] = [];
  for (const table of tables) states.push(await readTable(look, table, bookkeeping, progress));
  const dueAt = settings?.swappedAt
    ? new Date(settings.swappedAt.getTime() + CONTRACT_AFTER_DAYS * DAY_MS)
    : null;
  const daysUntilContract =
    dueAt === null ? null : Math.max(0, Math.ceil((dueAt.getTime() - now.getTime()) / DAY_MS));
  const verifying = verifyInProgress();
  const atWork = bookkeeping ? await readTurn(look.db) : null;
  const course = { settings: toJson(settings), tables: states, daysUntilContract, verifying, atWork };
  return {
    bookkept: bookkeeping,
    flag: await readFlag(look),
    contractDueAt: dueAt?.toISOString() ?? null,
    ...course,
    advice: adviceOn(course),
    actions: metrics ? await readActions(look) : [],
  };
}

async function readTable(
  { db }: SharedLook,
  { table, catalog }: LookedAtTable,
  bookkept: boolean,
  progress: ReadonlyMap<string, Progress>,
): Promise<TableMigration> {
  const state = await readTableState(db, table, catalog, bookkept);
  const course = progress.get(table.name);
  const hasTwin = columnType(catalog, table.twin) !== undefined;
  return {
    ...toJson(state),
    throttle: state.conversion?.finishedAt === null ? (course?.throttle ?? null) : null,
    progress: course?.points ?? [],
    setAside:
      bookkept && hasTwin
        ? await sampleSetAside(db, table, catalog, SET_ASIDE)
        : { rows: 0, more: false, examples: [] },
  };
}

async function readFlag(look: SharedLook): Promise<MigrationMetrics["flag"]> {
  const flag = await look.flag();
  if (flag === null || !isVectorFlag(flag.value)) {
    return { value: env.VECTOR_COLUMN, from: "environment", by: null, at: null };
  }
  return { value: flag.value, from: "database", by: flag.by, at: flag.at.toISOString() };
}

async function readActions({ db }: SharedLook): Promise<AdminAction[]> {
  const { rows } = await db.query<Omit<AdminAction, "at"> & { at: Date }>(
    `SELECT at, by, action, detail FROM vector_metrics.admin_actions ORDER BY id DESC LIMIT ${MOST_ACTIONS}`,
  );
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

/** The same as it goes over the wire: dates as text. */
function toJson<Value>(value: Value): Json<Value> {
  return JSON.parse(JSON.stringify(value));
}
