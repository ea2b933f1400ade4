import type { ClientBase } from "pg";
import { readCatalog } from "../catalog.ts";
import { inTransaction } from "../transaction.ts";
import { countUnconverted } from "../unconverted.ts";
import type { Filling } from "./filling.ts";
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
 * Makes sure that the filling is on record, and says how many rows it has left. One that was begun goes on. One that
 * came to the end of the table while rows are left (other sessions held them), or whose block numbers mean nothing
 * any more because the table was rewritten, passes over the table again; what is filled already costs it a scan.
 */
export async function beginConversion(client: ClientBase, filling: Filling): Promise<number> {
  const unconverted = await countUnconverted(client, filling);
  const { blocks, relfilenode } = await readCatalog(client, filling.table);
  const key = keyOf(filling);
  await inTransaction(client, async () => {
    await client.query(
      `INSERT INTO halfvec_migration.conversions
         (table_name, column_name, relfilenode, next_block, end_block, rows_total)
       VALUES ($1, $2, $3, 0, $4, $5) ON CONFLICT (table_name, column_name) DO NOTHING`,
      [...key, relfilenode, blocks, unconverted],
    );
    const { rows } = await client.query<{ stale: boolean }>(
      `SELECT c.relfilenode <> $3 OR c.finished_at IS NOT NULL
              OR (c.next_block >= c.end_block
                  AND NOT EXISTS (SELECT FROM halfvec_migration.claims k
                                  WHERE k.table_name = c.table_name AND k.column_name = c.column_name)) AS stale
       FROM halfvec_migration.conversions c WHERE c.table_name = $1 AND c.column_name = $2 FOR UPDATE OF c`,
      [...key, relfilenode],
    );
    if (unconverted === 0) {
      await finishConversion(client, filling);
    } else if (rows[0]?.stale) {
      await dropClaims(client, filling);
      await client.query(
        `UPDATE halfvec_migration.conversions
         SET relfilenode = $3, next_block = 0, end_block = $4, rows_total = rows_converted + $5,
             passes = passes + 1, finished_at = NULL
         WHERE table_name = $1 AND column_name = $2`,
        [...key, relfilenode, blocks, unconverted],
      );
    }
  });
  return unconverted;
}

async function finishConversion(client: ClientBase, filling: Filling): Promise<void> {
  await dropClaims(client, filling);
  await client.query(
    `UPDATE halfvec_migration.conversions
     SET finished_at = coalesce(finished_at, now()), next_block = end_block, rows_total = rows_converted
     WHERE table_name = $1 AND column_name = $2`,
    keyOf(filling),
  );
}

async function dropClaims(client: ClientBase, filling: Filling): Promise<void> {
  await client.query(
    "DELETE FROM halfvec_migration.claims WHERE table_name = $1 AND column_name = $2",
    keyOf(filling),
  );
}

/**
 * Claims the next range for `worker`: a range whose worker is gone before new blocks.
 * @param workers how many share the table; a small table is cut into as many ranges.
 * @returns null when every block is done or claimed by a living worker.
 */
export async function claimRange(
  client: ClientBase,
  filling: Filling,
  worker: number,
  workers: number,
): Promise<BlockRange | null> {
  const key = keyOf(filling);
  return inTransaction(client, async () => {
    const { rows } = await client.query<{ next_block: string; end_block: string }>(
      `SELECT next_block, end_block FROM halfvec_migration.conversions
       WHERE table_name = $1 AND column_name = $2 FOR UPDATE`,
      key,
    );
    const orphan = await client.query<{ first: string; end: string }>(
      `UPDATE halfvec_migration.claims SET worker = $3, claimed_at = now()
       WHERE table_name = $1 AND column_name = $2 AND first_block = (
         SELECT min(c.first_block) FROM halfvec_migration.claims c
         WHERE c.table_name = $1 AND c.column_name = $2 AND (c.worker = $3 OR NOT ${LIVES}))
       RETURNING first_block AS first, end_block AS "end"`,
      [...key, worker],
    );
    if (orphan.rows[0]) return { first: Number(orphan.rows[0].first), end: Number(orphan.rows[0].end) };
    const first = Number(rows[0]?.next_block ?? 0);
    const tableEnd = Number(rows[0]?.end_block ?? 0);
    if (first >= tableEnd) return null;
    const end = Math.min(
      tableEnd,
      first + Math.min(CLAIM_BLOCKS, Math.max(16, Math.ceil(tableEnd / workers))),
    );
    await client.query(
      "UPDATE halfvec_migration.conversions SET next_block = $3 WHERE table_name = $1 AND column_name = $2",
      [...key, end],
    );
    await client.query(
      `INSERT INTO halfvec_migration.claims (table_name, column_name, first_block, end_block, worker)
       VALUES ($1, $2, $3, $4, $5)`,
      [...key, first, end, worker],
    );
    return { first, end };
  });
}

/** Gives back a range that `worker` has done. */
export async function releaseRange(
  client: ClientBase,
  filling: Filling,
  range: BlockRange,
  worker: number,
): Promise<void> {
  await client.query(
    `DELETE FROM halfvec_migration.claims
     WHERE table_name = $1 AND column_name = $2 AND first_block = $3 AND worker = $4`,
    [...keyOf(filling), range.first, worker],
  );
}

/** Whether a range is still in the hands of a worker, of this process or another. */
export async function othersAtWork(client: ClientBase, filling: Filling): Promise<boolean> {
  const { rows } = await client.query<{ some: boolean }>(
    `SELECT EXISTS (SELECT FROM halfvec_migration.claims c
                    WHERE c.table_name = $1 AND c.column_name = $2 AND ${LIVES}) AS some`,
    keyOf(filling),
  );
  return rows[0]?.some ?? false;
}

/** Under which a filling is on record. */
function keyOf({ table, target }: Filling): [table: string, column: string] {
  return [table.name, target];
}
