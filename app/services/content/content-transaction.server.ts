import type pg from "pg";
import { embeddingTransaction, lockEntities } from "../embeddings/embedding-transaction.server.ts";
import { type EnqueueOptions, enqueue, type JobType } from "../indexing/enqueue.server.ts";
import { indexingQueue } from "../indexing/queue.server.ts";

/** What a write of content works with: everything through it is in one transaction. */
export interface ContentWriter {
  readonly client: pg.PoolClient;
  /** Leaves a job that indexes these. It is there when the write is, and not before. */
  index(type: JobType, ids: readonly string[], options?: EnqueueOptions): Promise<void>;
}

/**
 * Runs a write of content and the indexing jobs that follow from it in one transaction. Writers and workers that name
 * the same ids wait for each other: give all of them here, because locks that are taken one after the other can
 * deadlock. A write of a page names its workspace too: the links of its pages depend on all of them.
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
  return await embeddingTransaction(database, [], async (client) => {
    await lockEntities(client, lockedIds);
    return await write({
      client,
      index: (type, ids, options) => enqueue(queue, client, workspaceId, type, ids, options),
    });
  });
}
