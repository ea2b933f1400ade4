import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { EmbeddingTable } from "../../../app/embedding-tables.ts";
import { backgroundLoad } from "../background-load.ts";
import { connected } from "../connected.ts";
import { type Latencies, latenciesOf } from "../statistics.ts";
import type { ConversionMethod } from "./methods.ts";

export interface ConversionFigures {
  seconds: number;
  walBytes: number;
  /** Share of HOT updates, 0 to 1; null where the table was rewritten instead. */
  hotShare: number | null;
  /** Growth of heap and TOAST, and of all indexes, in bytes; below 0 where it shrank. */
  tableGrownBytes: number;
  indexGrownBytes: number;
  /** Old row versions left for VACUUM, as the statistics count them. */
  deadTuples: number;
  vacuumSeconds: number;
}

/** The same conversion while searches and writes go on, or its first minute. */
export interface LoadedFigures {
  seconds: number;
  /** Whether it was cut short there. */
  cut: boolean;
  searches: Latencies;
  writes: Latencies;
  errors: number;
}

/**
 * Runs one conversion on the database at `url` and measures it.
 * @throws when a row is not converted afterwards.
 */
export async function measureConversion(
  url: string,
  table: EmbeddingTable,
  method: ConversionMethod,
): Promise<ConversionFigures> {
  return connected(url, async (client) => {
    await method.prepare(client, table);
    const before = await counters(client, table);
    const seconds = await timed(() => method.convert(client, table, url, new AbortController().signal));
    const after = await counters(client, table);
    await requireConverted(client, table, method);
    const updates = after.updates - before.updates;
    const vacuumSeconds = await timed(() => client.query(`VACUUM ${table.name}`));
    return {
      seconds,
      walBytes: after.wal - before.wal,
      hotShare: updates > 0 ? (after.hot - before.hot) / updates : null,
      tableGrownBytes: after.tableBytes - before.tableBytes,
      indexGrownBytes: after.indexBytes - before.indexBytes,
      deadTuples: after.dead,
      vacuumSeconds,
    };
  });
}

/** What others feel of a conversion is known by then, in seconds. */
const LOADED_SECONDS = 60;

/** Runs one conversion under a steady load and measures what the others feel of it; it is ended after a minute. */
export async function measureLoaded(
  url: string,
  table: EmbeddingTable,
  method: ConversionMethod,
): Promise<LoadedFigures> {
  return connected(url, async (client) => {
    await method.prepare(client, table);
    const load = await backgroundLoad(url, table);
    const over = new AbortController();
    const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    const conversion = method.convert(client, table, url, over.signal).catch((error) => {
      if (!over.signal.aborted) throw error;
    });
    const began = performance.now();
    const cut = await Promise.race([
      conversion.then(() => false),
      sleep(1000 * LOADED_SECONDS, true, { ref: false }),
    ]);
    const seconds = (performance.now() - began) / 1000;
    const { searches, writes, errors } = await load.stop();
    over.abort();
    if (cut) await connected(url, (other) => other.query("SELECT pg_cancel_backend($1)", [rows[0]?.pid]));
    await conversion;
    return {
      seconds,
      cut,
      searches: latenciesOf(searches),
      writes: latenciesOf(writes),
      errors: errors.length,
    };
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

async function requireConverted(
  client: pg.Client,
  table: EmbeddingTable,
  method: ConversionMethod,
): Promise<void> {
  const filled = method.filled(table);
  const same =
    filled === table.column
      ? `${filled} IS NOT NULL`
      : `${filled} = ${table.column}::halfvec(${table.dimensions})`;
  const { rows } = await client.query<{ left: number }>(
    `SELECT count(*)::int AS left FROM ${table.name} WHERE (${same}) IS NOT TRUE`,
  );
  if (rows[0]?.left !== 0) throw new Error(`${method.name}: ${rows[0]?.left} rows are not converted`);
}

async function counters(client: pg.Client, table: EmbeddingTable) {
  // Other sessions hand in their statistics when they end; ours must not be read from a cache.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await client.query("SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()");
  const { rows } = await client.query<
    Record<"wal" | "updates" | "hot" | "dead" | "table_bytes" | "index_bytes", string>
  >(
    `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS wal, n_tup_upd AS updates, n_tup_hot_upd AS hot,
            n_dead_tup AS dead, pg_table_size(relid) AS table_bytes, pg_indexes_size(relid) AS index_bytes
     FROM pg_stat_user_tables WHERE relname = $1`,
    [table.name],
  );
  const row = rows[0];
  if (!row) throw new Error(`no statistics on ${table.name}`);
  return {
    wal: Number(row.wal),
    updates: Number(row.updates),
    hot: Number(row.hot),
    dead: Number(row.dead),
    tableBytes: Number(row.table_bytes),
    indexBytes: Number(row.index_bytes),
  };
}
