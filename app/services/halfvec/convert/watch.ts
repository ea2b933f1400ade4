import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import type { ConversionProgress, Report } from "../events.ts";
import { readSettings } from "../settings.ts";
import type { ConversionControl } from "./control.ts";

const LOOK_EVERY_MS = 400;
const STORE_EVERY_MS = 2000;
/** The rate is that of the last so many milliseconds. */
const RATE_WINDOW_MS = 10_000;

/**
 * Looks at a running conversion from the side until `done` is aborted: tells and stores its progress, which all
 * processes write together, and passes a pause on to the workers.
 */
export async function watchConversion(
  client: ClientBase,
  table: EmbeddingTable,
  control: ConversionControl,
  report: Report,
  done: AbortSignal,
): Promise<void> {
  const samples: { at: number; rows: number }[] = [];
  let storedAt = 0;
  while (!done.aborted) {
    await passPauseOn(client, table, control, report);
    const progress = await readProgress(client, table, samples);
    if (progress) {
      report({ event: "convert", ...progress });
      if (performance.now() - storedAt >= STORE_EVERY_MS) {
        storedAt = performance.now();
        await storeProgress(client, table, control.pausedBy === null ? null : "paused");
      }
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: done }).catch(() => undefined);
  }
  await storeProgress(client, table, null);
  const last = await readProgress(client, table, samples);
  if (last) report({ event: "convert", ...last });
}

async function passPauseOn(
  client: ClientBase,
  table: EmbeddingTable,
  control: ConversionControl,
  report: Report,
) {
  const { paused, pausedBy } = await readSettings(client);
  const by = paused ? (pausedBy ?? "someone") : null;
  if (by !== null && control.pausedBy === null) {
    report({
      event: "waiting",
      table: table.name,
      reason: `paused by ${by}; to go on: npm run migrate:halfvec -- resume`,
    });
  }
  control.pausedBy = by;
}

async function readProgress(
  client: ClientBase,
  table: EmbeddingTable,
  samples: { at: number; rows: number }[],
): Promise<ConversionProgress | null> {
  const { rows } = await client.query<{ converted: string; hot: string; total: string }>(
    `SELECT rows_converted AS converted, rows_hot AS hot, rows_total AS total
     FROM halfvec_migration.conversions WHERE table_name = $1`,
    [table.name],
  );
  const row = rows[0];
  if (!row) return null;
  const converted = Number(row.converted);
  // The app writes meanwhile: what it wrote before we came to it counts as converted by its own trigger.
  const total = Math.max(Number(row.total), converted);
  const now = performance.now();
  samples.push({ at: now, rows: converted });
  while (samples.length > 2 && now - (samples[0]?.at ?? now) > RATE_WINDOW_MS) samples.shift();
  const oldest = samples[0];
  const seconds = oldest ? (now - oldest.at) / 1000 : 0;
  const rowsPerSecond = oldest && seconds > 0 ? (converted - oldest.rows) / seconds : 0;
  return {
    table: table.name,
    rowsConverted: converted,
    rowsTotal: total,
    rowsPerSecond,
    hotShare: converted > 0 ? Number(row.hot) / converted : null,
    etaSeconds: rowsPerSecond > 0 ? (total - converted) / rowsPerSecond : null,
  };
}

async function storeProgress(
  client: ClientBase,
  table: EmbeddingTable,
  throttle: string | null,
): Promise<void> {
  await client.query(
    `INSERT INTO halfvec_migration.progress (table_name, rows_converted, rows_hot, throttle)
     SELECT table_name, rows_converted, rows_hot, $2 FROM halfvec_migration.conversions WHERE table_name = $1`,
    [table.name, throttle],
  );
}
