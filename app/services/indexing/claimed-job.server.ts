import type pg from "pg";
import type PgBoss from "pg-boss";
import { embeddingTransaction } from "../embeddings/embedding-transaction.server.ts";
import { type JobData, jobKey } from "./enqueue.server.ts";
import { FAILED_QUEUE, INDEXING_QUEUE, through } from "./queue.server.ts";
import type { EntityName } from "./read-entity.server.ts";

/** A job that this process works on. */
export interface ClaimedJob {
  readonly id: string;
  readonly data: JobData;
}

/** Why a job did not succeed, as it is kept for people. */
export interface FailureReason {
  /** In words. */
  readonly message: string;
  /** Whether another attempt can succeed. */
  readonly passing: boolean;
}

/** What becomes of a job that did not succeed. `left to the next`: another one of its entity waits already. */
export type FailureOutcome = "retried" | "given up" | "left to the next";

/**
 * Takes the next job that is due and whose entity nobody works on; null where there is none. pg-boss's own `fetch` is
 * not used: where the first job in line belongs to an entity that is worked on, it finds nothing for anybody, and it
 * keeps errors to itself. Of several waiting jobs of one entity the others are taken away: they would do the same.
 */
export async function claimJob(database: pg.Pool): Promise<ClaimedJob | null> {
  const { rows } = await database.query<ClaimedJob>(CLAIM, [INDEXING_QUEUE]).catch((error: unknown) => {
    // Another worker has taken a job of the same entity at the same moment: unique_violation.
    if (error instanceof Error && "code" in error && error.code === "23505") return { rows: [] };
    throw error;
  });
  return rows[0] ?? null;
}

const CLAIM = `
  WITH next AS (
    SELECT id, singleton_key FROM pgboss.job j
    WHERE name = $1 AND state < 'active' AND start_after <= now()
      AND NOT EXISTS (
        SELECT FROM pgboss.job a
        WHERE a.name = $1 AND a.policy = 'stately' AND a.state = 'active'
          AND COALESCE(a.singleton_key, '') = COALESCE(j.singleton_key, '')
      )
    ORDER BY priority DESC, created_on, id LIMIT 1 FOR UPDATE SKIP LOCKED
  ), same AS (
    SELECT o.id FROM pgboss.job o JOIN next n ON COALESCE(o.singleton_key, '') = n.singleton_key AND o.id <> n.id
    WHERE o.name = $1 AND o.policy = 'stately' AND o.state IN ('created', 'retry') FOR UPDATE OF o SKIP LOCKED
  ), merged AS (
    DELETE FROM pgboss.job WHERE name = $1 AND id IN (SELECT id FROM same)
  )
  UPDATE pgboss.job j SET state = 'active', started_on = now(),
    retry_count = CASE WHEN started_on IS NULL THEN retry_count ELSE retry_count + 1 END
  FROM next WHERE j.name = $1 AND j.id = next.id
  RETURNING j.id, j.data`;

/** Says that this process still works on a job. @returns false where the job is no longer this process's */
export async function keepJob(database: pg.Pool, { id }: ClaimedJob): Promise<boolean> {
  // pg-boss counts the time until a job expires from here.
  const { rowCount } = await database.query(
    "UPDATE pgboss.job SET started_on = now() WHERE name = $1 AND id = $2 AND state = 'active'",
    [INDEXING_QUEUE, id],
  );
  return rowCount === 1;
}

/** Ends a job whose entity is indexed; earlier failures of the entity are forgotten. */
export async function completeJob(database: pg.Pool, queue: PgBoss, job: ClaimedJob): Promise<void> {
  await embeddingTransaction(database, [], async (client) => {
    await queue.complete(INDEXING_QUEUE, job.id, {}, { db: through(client) });
    await forgetFailures(client, [job.data]);
  });
}

/**
 * Ends a job that did not succeed: it is tried again after a while, or goes to the failed ones with its reason where
 * no attempt is left or none can succeed. Where another job of the entity waits already, that one does it.
 * @returns what becomes of it
 */
export async function failJob(
  database: pg.Pool,
  queue: PgBoss,
  job: ClaimedJob,
  { message, passing }: FailureReason,
): Promise<FailureOutcome> {
  return await embeddingTransaction(database, [], async (client) => {
    const { rows } = await client.query<{ id: string }>(
      `SELECT id FROM pgboss.job WHERE name = $1 AND policy = 'stately' AND state IN ('created', 'retry')
         AND COALESCE(singleton_key, '') = $2`,
      [INDEXING_QUEUE, jobKey(job.data.type, job.data.id)],
    );
    if (rows.length > 0) {
      await queue.complete(INDEXING_QUEUE, job.id, { message }, { db: through(client) });
      return "left to the next";
    }
    if (!passing) {
      await client.query("UPDATE pgboss.job SET retry_limit = retry_count WHERE name = $1 AND id = $2", [
        INDEXING_QUEUE,
        job.id,
      ]);
    }
    await queue.fail(INDEXING_QUEUE, job.id, { message }, { db: through(client) });
    const { rowCount } = await client.query(
      "SELECT FROM pgboss.job WHERE name = $1 AND id = $2 AND state = 'failed'",
      [INDEXING_QUEUE, job.id],
    );
    return rowCount === 1 ? "given up" : "retried";
  });
}

/** Takes the records of failures away: what the entities say now is indexed. */
export async function forgetFailures(client: pg.ClientBase, entities: readonly EntityName[]): Promise<void> {
  // A database that was only imported into has no queue yet.
  const { rows } = await client.query("SELECT WHERE to_regclass('pgboss.job') IS NOT NULL");
  if (rows.length === 0) return;
  await client.query(
    `DELETE FROM pgboss.job USING json_to_recordset($2::json) AS e(type text, "workspaceId" text, id text)
     WHERE name = $1 AND data ->> 'id' = e.id AND data ->> 'type' = e.type
       AND data ->> 'workspaceId' = e."workspaceId"`,
    [FAILED_QUEUE, JSON.stringify(entities)],
  );
}
