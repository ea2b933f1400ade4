import { randomUUID } from "node:crypto";
import type pg from "pg";
import { embeddingTransaction, lockEntities } from "../embeddings/embedding-transaction.server.ts";
import { enqueue, type JobType } from "./enqueue.server.ts";
import { FAILED_QUEUE, INDEXING_QUEUE, indexingQueue, RUNS_QUEUE, through } from "./queue.server.ts";

/** How far a re-index is, counted in the queue. */
export interface ReindexProgress {
  /** Pages, rows and documents. */
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  /** Of which some may be worked on at the moment. */
  readonly waiting: number;
  readonly startedAt: Date;
}

/** What people write now goes before what is only indexed again. */
const REINDEX_PRIORITY = -1;

/** Everything of a workspace. What is there as embeddings only (written with COPY) has no other text, and is left. */
const ENTITIES: Record<JobType, string> = {
  pages: "SELECT id FROM pages WHERE workspace_id = $1",
  rows: "SELECT r.id FROM database_rows r JOIN databases d ON d.id = r.database_id WHERE d.workspace_id = $1",
  documents: "SELECT id FROM documents WHERE workspace_id = $1 AND NOT metadata ? 'pageId'",
};

/**
 * Leaves a job for everything in a workspace, all of them or none. While an earlier run of the workspace is not
 * through, that one goes on and no other begins.
 * @returns the id of the run
 */
export async function startReindex(database: pg.Pool, workspaceId: string): Promise<string> {
  const queue = await indexingQueue(database);
  return await embeddingTransaction(database, [], async (client) => {
    // Two requests at once: the second finds the run of the first.
    await lockEntities(client, [workspaceId]);
    const running = await newestRun(client, workspaceId);
    if (running !== null && running.progress.waiting > 0) return running.id;
    await client.query("DELETE FROM pgboss.job WHERE name = $1 AND data ->> 'workspaceId' = $2", [
      RUNS_QUEUE,
      workspaceId,
    ]);
    const run = randomUUID();
    let total = 0;
    for (const type of ["pages", "rows", "documents"] as const) {
      const { rows } = await client.query<{ id: string }>(ENTITIES[type], [workspaceId]);
      const ids = rows.map(({ id }) => id);
      await enqueue(queue, client, workspaceId, type, ids, { run, priority: REINDEX_PRIORITY });
      total += ids.length;
    }
    await queue.send(RUNS_QUEUE, { workspaceId, total }, { id: run, db: through(client) });
    return run;
  });
}

/** How far the newest re-index of a workspace is; null where there was none in the last two weeks. */
export async function newestReindex(database: pg.Pool, workspaceId: string): Promise<ReindexProgress | null> {
  await indexingQueue(database);
  return (await newestRun(database, workspaceId))?.progress ?? null;
}

async function newestRun(
  database: Pick<pg.ClientBase, "query">,
  workspaceId: string,
): Promise<{ id: string; progress: ReindexProgress } | null> {
  const { rows } = await database.query<Omit<ReindexProgress, "done"> & { id: string }>(
    `SELECT r.id, (r.data ->> 'total')::int AS total, r.created_on AS "startedAt",
       (SELECT count(*)::int FROM pgboss.job j
        WHERE j.name = $2 AND j.state <= 'active' AND j.data ->> 'run' = r.id::text) AS waiting,
       (SELECT count(DISTINCT (f.data ->> 'type', f.data ->> 'id'))::int FROM pgboss.job f
        WHERE f.name = $3 AND f.data ->> 'run' = r.id::text) AS failed
     FROM pgboss.job r WHERE r.name = $1 AND r.data ->> 'workspaceId' = $4
     ORDER BY r.created_on DESC, r.id LIMIT 1`,
    [RUNS_QUEUE, INDEXING_QUEUE, FAILED_QUEUE, workspaceId],
  );
  if (rows[0] === undefined) return null;
  const { id, total, waiting, failed, startedAt } = rows[0];
  return { id, progress: { total, done: Math.max(0, total - waiting - failed), failed, waiting, startedAt } };
}
