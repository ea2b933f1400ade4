import { setTimeout as wait } from "node:timers/promises";
import type pg from "pg";
import { embeddingTransaction, lockEntities } from "../embeddings/embedding-transaction.server.ts";
import { sqlState } from "../halfvec/errors.ts";
import { type EnqueueOptions, enqueue, type JobType } from "../indexing/enqueue.server.ts";
import { indexingQueue } from "../indexing/queue.server.ts";

/** What a write of content works with: everything through it is in one transaction. */
export interface ContentWriter {
  readonly client: pg.PoolClient;
  /** Leaves a job that indexes these. It is there when the write is, and not before. */
  index(type: JobType, ids: readonly string[], options?: EnqueueOptions): Promise<void>;
}

/** The server ended one of two transactions that were in each other's way: deadlock_detected, serialization_failure. */
const ENDED_FOR_ANOTHER = new Set(["40P01", "40001"]);
const MAX_ATTEMPTS = 3;
/** Milliseconds at the most before the next attempt; by chance, so that two writers do not meet again. */
const LONGEST_PAUSE_MS = 100;

/**
 * Runs a write of content and the indexing jobs that follow from it in one transaction. Writers and workers that name
 * the same ids wait for each other: give all of them here, because locks that are taken one after the other can
 * deadlock. A write of a page names its workspace too: the links of its pages depend on all of them. What writes by other
 * means can still be in the way: then `write` is called again, and must not do more than write through its client.
 * @throws {IndexingQueueError} where the queue can be neither found nor made
 */
export async function contentTransaction<Result>(
  database: pg.Pool,
  workspaceId: string,
  lockedIds: readonly string[],
  write: (writer: ContentWriter) => Promise<Result>,
): Promise<Result> {
  // Before a connection is taken: the embedded database has only one.
  const queue = await indexingQueue(database);
  for (let attempt = 1; ; attempt++) {
    try {
      return await embeddingTransaction(database, [], async (client) => {
        await lockEntities(client, lockedIds);
        return await write({
          client,
          index: (type, ids, options) => enqueue(queue, client, workspaceId, type, ids, options),
        });
      });
    } catch (error) {
      if (!ENDED_FOR_ANOTHER.has(sqlState(error) ?? "") || attempt === MAX_ATTEMPTS) throw error;
      await wait(Math.random() * LONGEST_PAUSE_MS);
    }
  }
}
