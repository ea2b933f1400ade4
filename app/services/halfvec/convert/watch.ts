import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";
import type { ConversionProgress, MigrationEvent, Report } from "../events.ts";
import { type MigrationSettings, readSettings } from "../settings.ts";
import type { ConversionControl } from "./control.ts";
import type { Filling } from "./filling.ts";
import { MeasuredRate } from "./pace.ts";
import { REPLICATION_LOOK, type ReplicationLook } from "./replica-lag.ts";
import type { ReplicaThrottle } from "./replica-throttle.ts";
import type { HorizonThrottle } from "./throttle.ts";

const LOOK_EVERY_MS = 400;
const STORE_EVERY_MS = 2000;

/**
 * Looks at a running conversion from the side until `done` is aborted: tells and stores its progress, which all
 * processes write together, and lets the workers wait while it is paused or a standby is too far behind.
 */
export async function watchConversion(
  client: ClientBase,
  filling: Filling,
  control: ConversionControl,
  throttles: { readonly replicas: ReplicaThrottle; readonly horizon: HorizonThrottle },
  report: Report,
  done: AbortSignal,
): Promise<void> {
  const rate = new MeasuredRate();
  let storedAt = 0;
  while (!done.aborted) {
    const settings = await readSettings(client);
    const { counts, replication } = await look(client, filling);
    const behind = throttles.replicas.holds(replication, performance.now());
    if (settings.paused && control.hold !== "paused") report(pausedEvent(filling, settings));
    control.hold = settings.paused ? "paused" : behind ? "replica lag" : null;
    if (counts) {
      report({ event: "convert", ...progressOf(filling, counts, rate) });
      if (performance.now() - storedAt >= STORE_EVERY_MS) {
        storedAt = performance.now();
        await storeProgress(client, filling, control.hold ?? throttles.horizon.waitsFor);
      }
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: done }).catch(() => undefined);
  }
  await storeProgress(client, filling, null);
  const { counts } = await look(client, filling);
  if (counts) report({ event: "convert", ...progressOf(filling, counts, rate) });
}

function pausedEvent({ table }: Filling, { pausedBy }: MigrationSettings): MigrationEvent {
  const by = pausedBy ?? "someone";
  return {
    event: "waiting",
    table: table.name,
    reason: `paused by ${by}; to go on: npm run migrate:halfvec -- resume`,
  };
}

interface Counts {
  converted: number;
  hot: number;
  total: number;
}

/** How far the filling is, null where it is not on record (any more), and the standbys. */
async function look(
  client: ClientBase,
  { table, target }: Filling,
): Promise<{ counts: Counts | null; replication: ReplicationLook }> {
  const { rows } = await client.query<{ counts: Counts | null; replication: ReplicationLook }>(
    `SELECT (SELECT json_build_object('converted', rows_converted, 'hot', rows_hot, 'total', rows_total)
             FROM halfvec_migration.conversions WHERE table_name = $1 AND column_name = $2) AS counts,
            ${REPLICATION_LOOK} AS replication`,
    [table.name, target],
  );
  const [found] = rows;
  if (!found) throw new Error("a SELECT without FROM returned no row");
  return found;
}

function progressOf(
  { table }: Filling,
  { converted, hot, total }: Counts,
  rate: MeasuredRate,
): ConversionProgress {
  // The app writes meanwhile: what it wrote before we came to it counts as converted by its own trigger.
  const rowsTotal = Math.max(total, converted);
  const rowsPerSecond = rate.measured(converted, performance.now());
  return {
    table: table.name,
    rowsConverted: converted,
    rowsTotal,
    rowsPerSecond,
    hotShare: converted > 0 ? hot / converted : null,
    etaSeconds: rowsPerSecond > 0 ? (rowsTotal - converted) / rowsPerSecond : null,
  };
}

async function storeProgress(client: ClientBase, filling: Filling, throttle: string | null): Promise<void> {
  await client.query(
    `INSERT INTO halfvec_migration.progress (table_name, column_name, rows_converted, rows_hot, throttle)
     SELECT table_name, column_name, rows_converted, rows_hot, $3
     FROM halfvec_migration.conversions WHERE table_name = $1 AND column_name = $2`,
    [filling.table.name, filling.target, throttle],
  );
}
