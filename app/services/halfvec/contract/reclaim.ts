import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { profileOf, readCatalog } from "../catalog.ts";
import type { Connections } from "../connections.ts";
import { RefusedError, throwIfAborted } from "../errors.ts";
import type { Report } from "../events.ts";
import { readBuildMeans } from "../forecast/build-means.ts";
import { buildSeconds } from "../forecast/build-seconds.ts";
import { qualified, quoted, startOfBlock } from "../identifiers.ts";
import { checkDisk } from "../preflight/check-disk.ts";
import { stopOn } from "../preflight/finding.ts";
import { measureBytes } from "../table-bytes.ts";
import { timedStep } from "../timed-step.ts";
import type { ValueStorage } from "../value-storages.ts";
import { vacuumFull } from "./vacuum-full.ts";
import { requireGain, setValueStorage } from "./value-storage.ts";

/**
 * How the space of a dropped column is returned: dropping it returns nothing.
 * - `none`: it stays, and rows that are written later fill it
 * - `vacuum-full`: VACUUM (FULL) rewrites table and indexes; reads and writes of the table wait until it is done
 * - `pg_repack`: the extension rewrites them while the table is read and written
 */
export const RECLAIMS = ["none", "vacuum-full", "pg_repack"] as const;
export type Reclaim = (typeof RECLAIMS)[number];

/** Runs the program pg_repack on one table. Resolves to what it said, and rejects with it where it fails. */
export type RunRepack = (table: EmbeddingTable, signal: AbortSignal) => Promise<string>;

export interface RewriteForecast {
  table: string;
  /** About how long reads and writes of the table wait. */
  seconds: number;
}

export interface ReclaimOptions {
  tables: readonly EmbeddingTable[];
  reclaim: Reclaim;
  /** Where the values of the column are after the rewrite; null leaves that as it is. */
  storage: ValueStorage | null;
  /** How long others may wait behind a request for the lock, in milliseconds. */
  lockTimeoutMs: number;
  /** Asked before tables are rewritten under a lock, with the forecast. False leaves them as they are. */
  confirmRewrite: (forecasts: readonly RewriteForecast[]) => Promise<boolean>;
  /** Null where there is no such program. */
  runRepack: RunRepack | null;
}

/** Blocks that are read to find out how fast the table can be. */
const SAMPLE_BLOCKS = 64;

/**
 * @throws RefusedError where the disk has no room for a second copy of the largest table, the program or the extension
 *   for `pg_repack` is missing, or values cannot be kept in the row, with what to do.
 */
export async function requireMeans(
  connections: Connections,
  {
    tables,
    reclaim,
    storage,
    runRepack,
  }: Pick<ReclaimOptions, "tables" | "reclaim" | "storage" | "runRepack">,
  report: Report,
): Promise<void> {
  if (reclaim === "none") return;
  if (storage === "inline") {
    await connections.use("contract", (client) => requireGain(client, tables));
  }
  await connections.use("contract", async (client) => {
    const sizes: number[] = [];
    for (const table of tables) sizes.push((await measureBytes(client, table)).total);
    stopOn(await checkDisk(client, tables, Math.max(...sizes)), report);
  });
  if (reclaim === "vacuum-full") return;
  if (runRepack === null) {
    throw new RefusedError(
      "there is no program pg_repack on this machine. Nothing was changed. Install the package of the server's version, or return the space with --reclaim vacuum-full",
    );
  }
  const { rows } = await connections.use("contract", (client) =>
    client.query<{ installed: boolean; available: boolean }>(
      `SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_repack') AS installed,
              EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_repack') AS available`,
    ),
  );
  if (rows[0]?.installed) return;
  throw new RefusedError(
    rows[0]?.available
      ? "the extension pg_repack is not in this database. Nothing was changed. Run: CREATE EXTENSION pg_repack; then the same command again"
      : "this server has no pg_repack. Nothing was changed. Install its package there, then run: CREATE EXTENSION pg_repack; or return the space with --reclaim vacuum-full",
  );
}

/**
 * Tells the lock and the forecast, and asks, where the way to return the space needs it.
 * @returns how to return the space: `none` where nobody agreed.
 */
export async function agreeToReclaim(
  { reclaim, confirmRewrite }: Pick<ReclaimOptions, "reclaim" | "confirmRewrite">,
  forecasts: readonly RewriteForecast[],
): Promise<Reclaim> {
  if (reclaim !== "vacuum-full") return reclaim;
  return (await confirmRewrite(forecasts)) ? reclaim : "none";
}

/**
 * Rewrites the tables, one after the other, so that the space of what was dropped is returned.
 * @throws Error with the sessions that are in the way, where a table could not be rewritten.
 */
export async function reclaimSpace(
  connections: Connections,
  { tables, reclaim, storage, lockTimeoutMs, runRepack }: Omit<ReclaimOptions, "confirmRewrite">,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  if (reclaim === "none") return;
  for (const table of tables) {
    throwIfAborted(signal);
    await timedStep(report, "reclaim", table, async () => {
      // Committed by itself. Where the rewrite does not come about, the same command moves the values that are there.
      if (storage !== null) await setValueStorage(connections, table, storage, lockTimeoutMs, report, signal);
      if (reclaim === "vacuum-full") await vacuumFull(connections, table, lockTimeoutMs, report, signal);
      else if (runRepack) await repack(connections, table, runRepack, signal);
    });
  }
}

/** Whether pg_repack did anything is seen by the file of the table: where it gives up it calls that a success. */
async function repack(
  connections: Connections,
  table: EmbeddingTable,
  runRepack: RunRepack,
  signal: AbortSignal,
): Promise<void> {
  const file = () =>
    connections.use("contract", async (client) => (await readCatalog(client, table)).relfilenode);
  const before = await file();
  const said = await runRepack(table, signal);
  if ((await file()) !== before) return;
  const holders = await connections.use("contract", (client) => describeHolders(client, table));
  throw new Error(
    `pg_repack left ${table.name} as it was (${said.replaceAll(/\s+/g, " ")}). ${holders === "" ? "" : `It is held by ${holders}. `}The originals are gone, their space is not returned yet. Run the same command again when nothing is in the way.`,
  );
}

/** The sessions that have a lock on the table, as text; empty where there are none. */
async function describeHolders(client: ClientBase, table: EmbeddingTable): Promise<string> {
  const { rows } = await client.query<{ holder: string }>(
    `SELECT DISTINCT format('process %s (%s, transaction open since %s)', a.pid,
                            coalesce(nullif(a.application_name, ''), a.usename::text, 'unknown'),
                            coalesce(to_char(a.xact_start, 'YYYY-MM-DD HH24:MI:SS'), 'an unknown time')) AS holder
     FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_backend_pid()
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND l.relation = $1::regclass
     ORDER BY holder`,
    [qualified(table)],
  );
  return rows.map(({ holder }) => holder).join(", ");
}

/**
 * About how long the rewrite of each table takes under its lock: a forecast, and empty where none is locked for that.
 * The rows of a table are read and written once, at the speed at which some of them are read now, and its HNSW indexes are
 * built anew: with their graph in memory, or else for longer.
 */
export async function forecastRewrites(
  connections: Connections,
  { tables, reclaim }: Pick<ReclaimOptions, "tables" | "reclaim">,
): Promise<RewriteForecast[]> {
  if (reclaim !== "vacuum-full") return [];
  return connections.use("contract", async (client) => {
    const forecasts: RewriteForecast[] = [];
    for (const table of tables) forecasts.push(await forecastRewrite(client, table));
    return forecasts;
  });
}

async function forecastRewrite(client: ClientBase, table: EmbeddingTable): Promise<RewriteForecast> {
  const began = performance.now();
  const { rows } = await client.query<{ sampled: string; rows: string; heap: string }>(
    `SELECT count(l2_norm(${quoted(table.column)})) AS sampled,
            (SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = $2::regclass) AS rows,
            pg_relation_size($2::regclass) AS heap
     FROM ${qualified(table)} WHERE ctid < $1::tid`,
    [startOfBlock(SAMPLE_BLOCKS), qualified(table)],
  );
  const secondsARow = (performance.now() - began) / 1000 / Math.max(1, Number(rows[0]?.sampled ?? 0));
  const all = Number(rows[0]?.rows ?? 0);
  const means = await readBuildMeans(client, table);
  const build = { ...table, rows: all, heapBytes: Number(rows[0]?.heap ?? 0) };
  const { indexes } = await readCatalog(client, table);
  const building = indexes
    .filter(({ method }) => method === "hnsw")
    .reduce((seconds, index) => seconds + buildSeconds(profileOf(index), build, means), 0);
  return { table: table.name, seconds: all * 2 * secondsARow + building };
}
