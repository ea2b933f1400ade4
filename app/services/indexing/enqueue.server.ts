import { randomUUID } from "node:crypto";
import type pg from "pg";
import type PgBoss from "pg-boss";
import { INDEXING_QUEUE, KEPT_DAYS, through } from "./queue.server.ts";

/** What a job indexes. A block is indexed with its page. */
export type JobType = "pages" | "rows" | "documents";

/** What a job says. */
export interface JobData {
  readonly type: JobType;
  readonly workspaceId: string;
  readonly id: string;
  /** The re-index of the workspace that the job belongs to. */
  readonly run?: string;
}

export interface EnqueueOptions {
  run?: string | undefined;
  /** Jobs with a higher number go first. Default: 0. */
  priority?: number | undefined;
}

/** A job may be claimed between two looks at it, by each worker once: more often is a fault. */
const MAX_LOOKS = 20;

const JOBS_PER_STATEMENT = 1_000;

/**
 * Leaves one waiting job for each entity, inside the transaction of `client` that writes them. Where one waits already
 * it is kept, and locked until that transaction ends: a worker that took it sooner would read the entity as it was
 * before, and the write would never be indexed.
 */
export async function enqueue(
  queue: PgBoss,
  client: pg.ClientBase,
  workspaceId: string,
  type: JobType,
  ids: readonly string[],
  { run, priority = 0 }: EnqueueOptions = {},
): Promise<void> {
  // In one order, so that two writers of the same entities cannot block each other for good.
  const sorted = [...new Set(ids)].sort();
  for (let from = 0; from < sorted.length; from += JOBS_PER_STATEMENT) {
    let missing = sorted.slice(from, from + JOBS_PER_STATEMENT);
    for (let look = 0; missing.length > 0; look++) {
      if (look === MAX_LOOKS) throw new Error(`no job could be left for ${type} ${missing[0]}`);
      const waiting = await holdWaiting(client, type, missing, run, priority);
      missing = missing.filter((id) => !waiting.has(id));
      missing = await insertMissing(queue, client, { workspaceId, type, run, priority }, missing);
    }
  }
}

/** The name by which the queue knows the jobs of one entity. */
export function jobKey(type: JobType, id: string): string {
  return `${type}:${id}`;
}

/** Locks the waiting jobs of entities, makes them due and gives them all attempts again. @returns whose there are */
async function holdWaiting(
  client: pg.ClientBase,
  type: JobType,
  ids: readonly string[],
  run: string | undefined,
  priority: number,
): Promise<Set<string>> {
  const { rows } = await client.query<{ id: string }>(
    `WITH waiting AS (
       SELECT id FROM pgboss.job
       WHERE name = $1 AND policy = 'stately' AND state IN ('created', 'retry')
         AND COALESCE(singleton_key, '') = ANY ($2::text[])
       ORDER BY singleton_key, state FOR UPDATE
     )
     UPDATE pgboss.job SET start_after = least(start_after, now()), started_on = NULL, retry_count = 0,
       priority = greatest(priority, $3), data = data || $4::jsonb,
       keep_until = greatest(keep_until, now() + make_interval(days => $5))
     FROM waiting WHERE job.name = $1 AND job.id = waiting.id
     RETURNING data ->> 'id' AS id`,
    [
      INDEXING_QUEUE,
      ids.map((id) => jobKey(type, id)),
      priority,
      JSON.stringify(run === undefined ? {} : { run }),
      KEPT_DAYS,
    ],
  );
  return new Set(rows.map(({ id }) => id));
}

/** @returns those whose job was not made, because another transaction made one meanwhile */
async function insertMissing(
  queue: PgBoss,
  client: pg.ClientBase,
  { priority, ...data }: Omit<JobData, "id" | "run"> & { run: string | undefined; priority: number },
  ids: readonly string[],
): Promise<string[]> {
  if (ids.length === 0) return [];
  const jobs = ids.map((id) => ({
    id: randomUUID(),
    name: INDEXING_QUEUE,
    data: { ...data, id },
    singletonKey: jobKey(data.type, id),
    priority,
  }));
  await queue.insert(jobs, { db: through(client) });
  const { rows } = await client.query<{ id: string }>(
    "SELECT data ->> 'id' AS id FROM pgboss.job WHERE name = $1 AND id = ANY ($2::uuid[])",
    [INDEXING_QUEUE, jobs.map(({ id }) => id)],
  );
  const made = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => !made.has(id));
}
