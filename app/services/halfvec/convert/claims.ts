import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { readCatalog } from "../catalog.ts";
import { inTransaction } from "../transaction.ts";
import { countUnconverted } from "../unconverted.ts";
import type { BlockRange } from "./wave.ts";

/** First key of the advisory lock that a worker holds while it lives ("half" in ASCII). */
const WORKER_LOCK = 1_751_215_718;

/** Most blocks in one claim: as much as another worker has to look through again after a crash. */
const CLAIM_BLOCKS = 1024;

/** Whether the worker of claim `c` lives. A lock of our own session is the trace of a client before us (PGlite). */
const LIVES = `EXISTS (
  SELECT FROM pg_locks l
  WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.classid::bigint = ${WORKER_LOCK} AND l.objid::bigint = c.worker AND l.pid <> pg_backend_pid())`;

/** Takes a number for this session and the lock that shows others that it lives. The lock ends with the session. */
export async function registerWorker(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ worker: number }>(
    "SELECT nextval('halfvec_migration.workers')::int AS worker",
  );
  const worker = rows[0]?.worker;
  if (worker === undefined) throw new Error("the sequence halfvec_migration.workers gave no number");
  await client.query("SELECT pg_advisory_lock($1, $2)", [WORKER_LOCK, worker]);
  return worker;
}

/**
 * Makes sure that a conversion of `table` is on record, and says how many rows it has left. One that was begun goes
 * on. One that came to the end of the table while rows are unconverted (other sessions held them), or whose block
 * numbers mean nothing any more because the table was rewritten, passes over the table again; what is converted
 * already costs it a scan.
 */
export async function beginConversion(client: ClientBase, table: EmbeddingTable): Promise<number> {
  const unconverted = await countUnconverted(client, table);
  const { blocks, relfilenode } = await readCatalog(client, table);
  await inTransaction(client, async () => {
    await client.query(
      `INSERT INTO halfvec_migration.conversions (table_name, relfilenode, next_block, end_block, rows_total)
       VALUES ($1, $2, 0, $3, $4) ON CONFLICT (table_name) DO NOTHING`,
      [table.name, relfilenode, blocks, unconverted],
    );
    const { rows } = await client.query<{ stale: boolean }>(
      `SELECT c.relfilenode <> $2 OR c.finished_at IS NOT NULL
              OR (c.next_block >= c.end_block
                  AND NOT EXISTS (SELECT FROM halfvec_migration.claims k WHERE k.table_name = c.table_name)) AS stale
       FROM halfvec_migration.conversions c WHERE c.table_name = $1 FOR UPDATE OF c`,
      [table.name, relfilenode],
    );
    if (unconverted === 0) {
      await finishConversion(client, table);
    } else if (rows[0]?.stale) {
      await client.query("DELETE FROM halfvec_migration.claims WHERE table_name = $1", [table.name]);
      await client.query(
        `UPDATE halfvec_migration.conversions
         SET relfilenode = $2, next_block = 0, end_block = $3, rows_total = rows_converted + $4,
             passes = passes + 1, finished_at = NULL
         WHERE table_name = $1`,
        [table.name, relfilenode, blocks, unconverted],
      );
    }
  });
  return unconverted;
}

async function finishConversion(client: ClientBase, table: EmbeddingTable): Promise<void> {
  await client.query("DELETE FROM halfvec_migration.claims WHERE table_name = $1", [table.name]);
  await client.query(
    `UPDATE halfvec_migration.conversions
     SET finished_at = coalesce(finished_at, now()), next_block = end_block, rows_total = rows_converted
     WHERE table_name = $1`,
    [table.name],
  );
}

/**
 * Claims the next range for `worker`: a range whose worker is gone before new blocks.
 * @param workers how many share the table; a small table is cut into as many ranges.
 * @returns null when every block is done or claimed by a living worker.
 */
export async function claimRange(
  client: ClientBase,
  table: EmbeddingTable,
  worker: number,
  workers: number,
): Promise<BlockRange | null> {
  return inTransaction(client, async () => {
    const { rows } = await client.query<{ next_block: string; end_block: string }>(
      "SELECT next_block, end_block FROM halfvec_migration.conversions WHERE table_name = $1 FOR UPDATE",
      [table.name],
    );
    const orphan = await client.query<{ first: string; end: string }>(
      `UPDATE halfvec_migration.claims SET worker = $2, claimed_at = now()
       WHERE table_name = $1 AND first_block = (
         SELECT min(c.first_block) FROM halfvec_migration.claims c
         WHERE c.table_name = $1 AND (c.worker = $2 OR NOT ${LIVES}))
       RETURNING first_block AS first, end_block AS "end"`,
      [table.name, worker],
    );
    if (orphan.rows[0]) return { first: Number(orphan.rows[0].first), end: Number(orphan.rows[0].end) };
    const first = Number(rows[0]?.next_block ?? 0);
    const tableEnd = Number(rows[0]?.end_block ?? 0);
    if (first >= tableEnd) return null;
    const end = Math.min(
      tableEnd,
      first + Math.min(CLAIM_BLOCKS, Math.max(16, Math.ceil(tableEnd / workers))),
    );
    await client.query("UPDATE halfvec_migration.conversions SET next_block = $2 WHERE table_name = $1", [
      table.name,
      end,
    ]);
    await client.query(
      "INSERT INTO halfvec_migration.claims (table_name, first_block, end_block, worker) VALUES ($1, $2, $3, $4)",
      [table.name, first, end, worker],
    );
    return { first, end };
  });
}

/** Gives back a range that `worker` has done. */
export async function releaseRange(
  client: ClientBase,
  table: EmbeddingTable,
  range: BlockRange,
  worker: number,
): Promise<void> {
  await client.query(
    "DELETE FROM halfvec_migration.claims WHERE table_name = $1 AND first_block = $2 AND worker = $3",
    [table.name, range.first, worker],
  );
}

/** Whether a range is still in the hands of a worker, of this process or another. */
export async function othersAtWork(client: ClientBase, table: EmbeddingTable): Promise<boolean> {
  const { rows } = await client.query<{ some: boolean }>(
    `SELECT EXISTS (SELECT FROM halfvec_migration.claims c WHERE c.table_name = $1 AND ${LIVES}) AS some`,
    [table.name],
  );
  return rows[0]?.some ?? false;
}
