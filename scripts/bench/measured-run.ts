import pg from "pg";
import type { EmbeddingTable } from "../../app/embedding-tables.ts";
import type { ConversionMethod } from "./conversion-methods.ts";

export interface ConversionFigures {
  seconds: number;
  walBytes: number;
  /** Share of HOT updates, 0 to 1. */
  hotShare: number;
  /** Growth of heap, TOAST and indexes in bytes. */
  grownBytes: number;
}

/** Runs one conversion on the database at `url` and measures it. @throws when a row is not converted afterwards. */
export async function measureConversion(
  url: string,
  table: EmbeddingTable,
  method: ConversionMethod,
): Promise<ConversionFigures> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await method.prepare(client, table);
    const before = await counters(client, table);
    const began = performance.now();
    await method.convert(client, table, url);
    const seconds = (performance.now() - began) / 1000;
    const after = await counters(client, table);
    const { rows } = await client.query<{ left: number }>(
      `SELECT count(*)::int AS left FROM ${table.name}
       WHERE ${table.twin} IS DISTINCT FROM ${table.column}::halfvec(${table.dimensions})`,
    );
    if (rows[0]?.left !== 0) throw new Error(`${method.name}: ${rows[0]?.left} rows are not converted`);
    return {
      seconds,
      walBytes: after.wal - before.wal,
      hotShare: (after.hot - before.hot) / (after.updates - before.updates),
      grownBytes: after.bytes - before.bytes,
    };
  } finally {
    await client.end();
  }
}

async function counters(client: pg.Client, table: EmbeddingTable) {
  // Other sessions hand in their statistics when they end; ours must not be read from a cache.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await client.query("SELECT pg_stat_clear_snapshot()");
  const { rows } = await client.query<{ wal: string; updates: string; hot: string; bytes: string }>(
    `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS wal, n_tup_upd AS updates, n_tup_hot_upd AS hot,
            pg_total_relation_size(relid) AS bytes
     FROM pg_stat_user_tables WHERE relname = $1`,
    [table.name],
  );
  const row = rows[0];
  if (!row) throw new Error(`no statistics on ${table.name}`);
  return {
    wal: Number(row.wal),
    updates: Number(row.updates),
    hot: Number(row.hot),
    bytes: Number(row.bytes),
  };
}
