import { setTimeout as wait } from "node:timers/promises";
import type pg from "pg";
import type PgBoss from "pg-boss";
import type { EmbeddingProvider } from "../services/embeddings/provider.ts";
import {
  type ClaimedJob,
  claimJob,
  completeJob,
  type FailureOutcome,
  failJob,
  keepJob,
} from "../services/indexing/claimed-job.server.ts";
import { failureReason } from "../services/indexing/failure-reason.ts";
import { indexEntity } from "../services/indexing/index-entity.server.ts";
import { indexingQueue, SIGN_OF_LIFE_MS } from "../services/indexing/queue.server.ts";
import type { EntityName } from "../services/indexing/read-entity.server.ts";
import type { SyncCounts } from "../services/indexing/sync-entity.server.ts";

/** What a processor tells. */
export type ProcessorEvent =
  | {
      readonly type: "indexed";
      readonly entity: EntityName;
      readonly counts: SyncCounts;
      readonly ms: number;
    }
  | {
      readonly type: "failed";
      readonly entity: EntityName;
      readonly reason: string;
      readonly outcome: FailureOutcome;
    }
  /** The job took so long without a sign of life that another worker has it now. */
  | { readonly type: "lost"; readonly entity: EntityName }
  /** The database does not answer; it is asked again. */
  | { readonly type: "trouble"; readonly reason: string };

export interface ProcessorOptions {
  readonly database: pg.Pool;
  readonly provider: EmbeddingProvider;
  /** Jobs at the same time, of different entities. Default: 1. */
  readonly concurrency?: number | undefined;
  /** How long to wait where there is nothing to do, in milliseconds. Default: 500. */
  readonly pollMs?: number | undefined;
  /** Whether the process goes on as long as the processor does. Default: yes. */
  readonly holdsProcess?: boolean | undefined;
  readonly onEvent?: ((event: ProcessorEvent) => void) | undefined;
  /** Stops it; the jobs at hand are finished. */
  readonly signal: AbortSignal;
}

const MAINTENANCE_MS = 30_000;
const LONGEST_WAIT_MS = 30_000;

/** Works on the queue of indexing jobs until it is told to stop. Several can run, in several processes. */
export async function processIndexing(options: ProcessorOptions): Promise<void> {
  const lanes = Array.from({ length: options.concurrency ?? 1 }, () => workLane(options));
  await Promise.all([...lanes, maintainLane(options)]);
}

/**
 * Works on the jobs that are due until there are none.
 * @returns how many there were
 */
export async function workOffIndexing(database: pg.Pool, provider: EmbeddingProvider): Promise<number> {
  const queue = await indexingQueue(database);
  let jobs = 0;
  for (let job = await claimJob(database); job !== null; job = await claimJob(database)) {
    await work({ database, provider }, queue, job);
    jobs += 1;
  }
  return jobs;
}

async function workLane(options: ProcessorOptions): Promise<void> {
  const { database, pollMs = 500, signal, onEvent } = options;
  let troubles = 0;
  while (!signal.aborted) {
    try {
      const queue = await indexingQueue(database);
      const job = await claimJob(database);
      if (job === null) await rest(options, pollMs);
      else await work(options, queue, job);
      troubles = 0;
    } catch (error) {
      onEvent?.({ type: "trouble", reason: error instanceof Error ? error.message : String(error) });
      await rest(options, Math.min(LONGEST_WAIT_MS, pollMs * 2 ** troubles++));
    }
  }
}

/** Gives the jobs of workers that are gone to others, and takes away what was done long ago. */
async function maintainLane(options: ProcessorOptions): Promise<void> {
  while (!options.signal.aborted) {
    try {
      await (await indexingQueue(options.database)).maintain();
    } catch {
      // The lanes tell what is wrong with the database.
    }
    await rest(options, MAINTENANCE_MS);
  }
}

async function rest({ signal, holdsProcess = true }: ProcessorOptions, ms: number): Promise<void> {
  await wait(ms, undefined, { signal, ref: holdsProcess }).catch(() => {});
}

/** Works on one job. @throws what the database says, not what the provider says */
async function work(
  { database, provider, onEvent }: Pick<ProcessorOptions, "database" | "provider" | "onEvent">,
  queue: PgBoss,
  job: ClaimedJob,
): Promise<void> {
  const { type, workspaceId, id } = job.data;
  const entity = { type, workspaceId, id };
  const lost = new AbortController();
  const signs = setInterval(() => {
    keepJob(database, job).then(
      (mine) => mine || lost.abort(),
      // It is asked again, and the job has time enough.
      () => {},
    );
  }, SIGN_OF_LIFE_MS);
  signs.unref();
  const began = performance.now();
  try {
    const counts = await indexEntity(database, provider, entity, lost.signal);
    await completeJob(database, queue, job);
    onEvent?.({ type: "indexed", entity, counts, ms: performance.now() - began });
  } catch (error) {
    if (lost.signal.aborted) {
      onEvent?.({ type: "lost", entity });
      return;
    }
    const reason = failureReason(error);
    const outcome = await failJob(database, queue, job, reason);
    onEvent?.({ type: "failed", entity, reason: reason.message, outcome });
  } finally {
    clearInterval(signs);
  }
}
