import type pg from "pg";
import { embeddingTransaction } from "../embeddings/embedding-transaction.server.ts";
import { isUuid } from "../embeddings/uuid.ts";
import { enqueue, type JobType, jobKey } from "./enqueue.server.ts";
import { FAILED_QUEUE, INDEXING_QUEUE, indexingQueue } from "./queue.server.ts";

export type IndexingState = "indexed" | "waiting" | "failed";

/** How many pages, rows and documents of a workspace wait, are worked on, or were given up. */
export interface IndexingCounts {
  readonly waiting: number;
  readonly active: number;
  readonly failed: number;
}

/** An entity that could not be indexed. */
export interface IndexingFailure {
  readonly type: JobType;
  readonly id: string;
  /** Of the page or document, the name or title of a row; empty where it has none. */
  readonly title: string;
  /** In words. */
  readonly reason: string;
  readonly failedAt: Date;
}

/** Failures of entities that are there and wait for nothing, the newest of each. $1 failed queue, $2 queue, $3 workspace. */
const FAILURES = `
  SELECT DISTINCT ON (f.data ->> 'type', f.data ->> 'id')
    f.data ->> 'type' AS type, f.data ->> 'id' AS id, f.data ->> 'run' AS run, f.output ->> 'message' AS reason,
    f.output -> 'value' ->> 'message' AS other_reason, f.created_on AS failed_at,
    coalesce(p.title, d.title, r.properties ->> 'name', r.properties ->> 'title', '') AS title
  FROM pgboss.job f
  LEFT JOIN pages p ON f.data ->> 'type' = 'pages' AND p.id = (f.data ->> 'id')::uuid AND p.workspace_id = $3::uuid
  LEFT JOIN documents d ON f.data ->> 'type' = 'documents' AND d.id = (f.data ->> 'id')::uuid AND d.workspace_id = $3::uuid
  LEFT JOIN database_rows r ON f.data ->> 'type' = 'rows' AND r.id = (f.data ->> 'id')::uuid
  WHERE f.name = $1 AND f.data ->> 'workspaceId' = $3::text AND coalesce(p.id, d.id, r.id) IS NOT NULL
    AND NOT EXISTS (
      SELECT FROM pgboss.job w
      WHERE w.name = $2 AND w.policy = 'stately' AND w.state <= 'active'
        AND COALESCE(w.singleton_key, '') = (f.data ->> 'type') || ':' || (f.data ->> 'id')
    )
  ORDER BY f.data ->> 'type', f.data ->> 'id', f.created_on DESC`;

/** Whether what was written last of an entity is found by search, waits for that, or could not be indexed. */
export async function entityIndexingState(
  database: pg.Pool,
  workspaceId: string,
  type: JobType,
  id: string,
): Promise<IndexingState> {
  if (!isUuid(id)) return "indexed";
  await indexingQueue(database);
  const { rows } = await database.query<{ waiting: boolean; failed: boolean }>(
    `SELECT
       EXISTS (SELECT FROM pgboss.job WHERE name = $1 AND policy = 'stately' AND state <= 'active'
         AND COALESCE(singleton_key, '') = $3 AND data ->> 'workspaceId' = $4) AS waiting,
       EXISTS (SELECT FROM pgboss.job WHERE name = $2 AND data ->> 'type' = $5 AND data ->> 'id' = $6
         AND data ->> 'workspaceId' = $4) AS failed`,
    [INDEXING_QUEUE, FAILED_QUEUE, jobKey(type, id), workspaceId, type, id],
  );
  if (rows[0]?.waiting) return "waiting";
  return rows[0]?.failed ? "failed" : "indexed";
}

export async function workspaceIndexingCounts(
  database: pg.Pool,
  workspaceId: string,
): Promise<IndexingCounts> {
  await indexingQueue(database);
  const { rows } = await database.query<IndexingCounts>(
    `SELECT
       (SELECT count(*)::int FROM pgboss.job WHERE name = $2 AND state < 'active' AND data ->> 'workspaceId' = $3::text) AS waiting,
       (SELECT count(*)::int FROM pgboss.job WHERE name = $2 AND state = 'active' AND data ->> 'workspaceId' = $3::text) AS active,
       (SELECT count(*)::int FROM (${FAILURES}) AS failures) AS failed`,
    [FAILED_QUEUE, INDEXING_QUEUE, workspaceId],
  );
  return rows[0] ?? { waiting: 0, active: 0, failed: 0 };
}

/** What could not be indexed in a workspace, the newest failure first. */
export async function workspaceFailures(database: pg.Pool, workspaceId: string): Promise<IndexingFailure[]> {
  await indexingQueue(database);
  const { rows } = await database.query<IndexingFailure>(
    `SELECT type, id, title, coalesce(reason, other_reason, 'It ended without a reason.') AS reason,
       failed_at AS "failedAt"
     FROM (${FAILURES}) AS failures ORDER BY failed_at DESC, type, id`,
    [FAILED_QUEUE, INDEXING_QUEUE, workspaceId],
  );
  return rows;
}

/** Lets all that could not be indexed be tried again. @returns how many jobs there are for it */
export async function retryWorkspaceFailures(database: pg.Pool, workspaceId: string): Promise<number> {
  const queue = await indexingQueue(database);
  return await embeddingTransaction(database, [], async (client) => {
    // First: what fails while this goes on keeps its record.
    const { rows: records } = await client.query<{ id: string }>(
      "SELECT id FROM pgboss.job WHERE name = $1 AND data ->> 'workspaceId' = $2 FOR UPDATE",
      [FAILED_QUEUE, workspaceId],
    );
    const { rows } = await client.query<{ type: JobType; id: string; run: string | null }>(
      `SELECT type, id, run FROM (${FAILURES}) AS failures ORDER BY type, id`,
      [FAILED_QUEUE, INDEXING_QUEUE, workspaceId],
    );
    for (const { type, id, run } of rows) {
      await enqueue(queue, client, workspaceId, type, [id], { run: run ?? undefined });
    }
    await client.query("DELETE FROM pgboss.job WHERE name = $1 AND id = ANY ($2::uuid[])", [
      FAILED_QUEUE,
      records.map(({ id }) => id),
    ]);
    return rows.length;
  });
}
