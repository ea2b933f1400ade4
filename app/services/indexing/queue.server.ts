import type pg from "pg";
import PgBoss from "pg-boss";
import { embeddingTransaction } from "../embeddings/embedding-transaction.server.ts";
import { onOwnConnection } from "../own-connection.server.ts";

/** The schema of pg-boss. */
export const QUEUE_SCHEMA = "pgboss";

/** Jobs that index one page, database row or document each. */
export const INDEXING_QUEUE = "indexing";

/** Copies of the jobs that were given up, with the reason. They stay for four weeks. */
export const FAILED_QUEUE = "indexing-failed";

/** One record for each re-index of a workspace; nobody works on it. */
export const RUNS_QUEUE = "indexing-runs";

/**
 * How long a job is its worker's without a sign of life from it, in seconds; then another takes it. The worker gives
 * one every {@link SIGN_OF_LIFE_MS}.
 */
const EXPIRE_SECONDS = 90;
export const SIGN_OF_LIFE_MS = 20_000;

/** With the backoff of pg-boss eight attempts more take between 10 and 21 minutes. */
const RETRIES = { retryLimit: 8, retryDelay: 5, retryBackoff: true } as const;

/** The queue of indexing jobs can be neither found nor made. */
export class IndexingQueueError extends Error {
  override readonly name = "IndexingQueueError";
}

const queues = new WeakMap<pg.Pool, Promise<PgBoss>>();

/**
 * The queue of indexing jobs in a database, made there on first use. It has no timers and no connections of its own.
 * @throws {IndexingQueueError} naming the grant that is missing
 */
export function indexingQueue(database: pg.Pool): Promise<PgBoss> {
  const known = queues.get(database);
  if (known !== undefined) return known;
  const queue = openQueue(database);
  queues.set(database, queue);
  queue.catch(() => queues.delete(database));
  return queue;
}

/** Without timers: what has to be done from time to time the processor does. */
const OPTIONS = {
  schema: QUEUE_SCHEMA,
  supervise: false,
  schedule: false,
  archiveCompletedAfterSeconds: 60 * 60,
  deleteAfterDays: 1,
} as const;

async function openQueue(database: pg.Pool): Promise<PgBoss> {
  const queue = new PgBoss({
    ...OPTIONS,
    db: { executeSql: (text, values) => runAlone(database, text, values) },
  });
  // Without a listener an error event would end the process.
  queue.on("error", (error) => console.warn(`indexing queue: ${error.message}`));
  try {
    await queue.start();
    await embeddingTransaction(database, [], createQueues);
  } catch (error) {
    throw (await rightsProblem(database, error)) ?? error;
  }
  return queue;
}

/** The key of the advisory lock on making the queues ("indx" in ASCII). */
const CREATION_LOCK = 1_768_842_360;

/** How long a job waits for a worker before it is thrown away. */
export const KEPT_DAYS = 30;

/** Makes the queues that are not there. Processes that did so at the same time would end in a deadlock. */
async function createQueues(client: pg.PoolClient): Promise<void> {
  await client.query("SELECT pg_advisory_xact_lock($1)", [CREATION_LOCK]);
  const queue = new PgBoss({ ...OPTIONS, db: through(client) });
  await queue.createQueue(FAILED_QUEUE);
  await queue.createQueue(RUNS_QUEUE);
  await queue.createQueue(INDEXING_QUEUE, {
    name: INDEXING_QUEUE,
    // At most one job of an entity in each state, by the entity's key.
    policy: "stately",
    deadLetter: FAILED_QUEUE,
    expireInSeconds: EXPIRE_SECONDS,
    // Days are not heeded here (pg-boss 10.4).
    retentionMinutes: KEPT_DAYS * 24 * 60,
    ...RETRIES,
  });
}

/** Makes pg-boss send through a connection that is in a transaction. */
export function through(client: pg.ClientBase): PgBoss.Db {
  return { executeSql: (text, values) => client.query(text, values) };
}

/** pg-boss sends whole transactions as one text: one that fails half-way must not stay open in the pool. */
async function runAlone(database: pg.Pool, text: string, values: unknown[]): Promise<pg.QueryResult> {
  if (!/^\s*BEGIN/.test(text)) return await database.query(text, values);
  return await onOwnConnection(database, (client) => client.query(text));
}

async function rightsProblem(database: pg.Pool, error: unknown): Promise<IndexingQueueError | null> {
  // insufficient_privilege; pg-boss wraps the server's error in one of its own at times.
  const denied = error instanceof Error && /permission denied|must be owner/.test(error.message);
  if (!denied) return null;
  const { rows } = await database.query<{ role: string; database: string; there: boolean }>(
    `SELECT quote_ident(current_user) AS role, quote_ident(current_database()) AS database,
       EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) AS there`,
    [QUEUE_SCHEMA],
  );
  const { role, database: name, there } = rows[0] ?? { role: "", database: "", there: false };
  return new IndexingQueueError(
    there
      ? `The role ${role} may not use the schema ${QUEUE_SCHEMA}, where the queue of indexing jobs is. Let its owner run: ALTER SCHEMA ${QUEUE_SCHEMA} OWNER TO ${role}, and the same for what is in it, or start the app and the worker as that owner.`
      : `The role ${role} may not create the schema ${QUEUE_SCHEMA} for the queue of indexing jobs. Let the owner of the database run: GRANT CREATE ON DATABASE ${name} TO ${role}`,
    { cause: error },
  );
}
