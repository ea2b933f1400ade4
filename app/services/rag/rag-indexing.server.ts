import type pg from "pg";
import { pool } from "../../db.server.ts";
import { EMBEDDED_DATABASE_URL } from "../../embedded-database-url.ts";
import { env } from "../../env.server.ts";
import { processIndexing, workOffIndexing } from "../../workers/indexing-processor.server.ts";
import { contentTransaction } from "../content/content-transaction.server.ts";
import type { EmbeddingProvider } from "../embeddings/provider.ts";
import { embeddingProvider } from "../embeddings/provider-choice.server.ts";
import { isUuid } from "../embeddings/uuid.ts";
import {
  entityIndexingState,
  type IndexingCounts,
  type IndexingFailure,
  type IndexingState,
  retryWorkspaceFailures,
  workspaceFailures,
  workspaceIndexingCounts,
} from "../indexing/job-state.server.ts";
import { newestReindex, type ReindexProgress, startReindex } from "../indexing/reindex.server.ts";

export type { IndexingCounts, IndexingFailure, IndexingState, ReindexProgress };

export type IndexedType = "pages" | "blocks" | "rows" | "documents";

/** Leaves a job that indexes an entity again; a block is indexed with its page. What others wrote needs this. */
export async function indexEntityLater(
  workspaceId: string,
  type: IndexedType,
  id: string,
  database: pg.Pool = pool,
): Promise<void> {
  const entityId = type === "blocks" ? await pageOfBlock(database, workspaceId, id) : id;
  if (!isUuid(entityId)) return;
  await contentTransaction(database, workspaceId, [entityId], async ({ index }) => {
    await index(type === "blocks" ? "pages" : type, [entityId]);
  });
}

/**
 * `indexed`: search finds what was written last; `waiting`: it soon will; `failed`: it could not be indexed, and what
 * search finds is as it was before.
 */
export async function indexingState(
  workspaceId: string,
  type: IndexedType,
  id: string,
  database: pg.Pool = pool,
): Promise<IndexingState> {
  if (type !== "blocks") return await entityIndexingState(database, workspaceId, type, id);
  const pageId = await pageOfBlock(database, workspaceId, id);
  return pageId === null ? "indexed" : await entityIndexingState(database, workspaceId, "pages", pageId);
}

/** How many pages, rows and documents of a workspace wait, are worked on, or could not be indexed. */
export async function indexingCounts(workspaceId: string, database: pg.Pool = pool): Promise<IndexingCounts> {
  return await workspaceIndexingCounts(database, workspaceId);
}

/** What could not be indexed, with the reason, the newest first. */
export async function listFailures(
  workspaceId: string,
  database: pg.Pool = pool,
): Promise<IndexingFailure[]> {
  return await workspaceFailures(database, workspaceId);
}

/** Lets all that could not be indexed be tried again. @returns how many */
export async function retryFailed(workspaceId: string, database: pg.Pool = pool): Promise<number> {
  return await retryWorkspaceFailures(database, workspaceId);
}

/**
 * Lets everything in a workspace be indexed again: what has the right embedding already is left as it is. Asked for
 * again before it is through, it goes on and does not begin again.
 * @returns the id of the run
 */
export async function reindexWorkspace(workspaceId: string, database: pg.Pool = pool): Promise<string> {
  return await startReindex(database, workspaceId);
}

/** How far the newest {@link reindexWorkspace} is; null where there was none in the last two weeks. */
export async function reindexProgress(
  workspaceId: string,
  database: pg.Pool = pool,
): Promise<ReindexProgress | null> {
  return await newestReindex(database, workspaceId);
}

/**
 * Works on the jobs that are due, in this process, until there are none: for tests and the demo.
 * @returns how many there were
 */
export async function indexPendingNow(
  database: pg.Pool = pool,
  provider: EmbeddingProvider = embeddingProvider(),
): Promise<number> {
  return await workOffIndexing(database, provider);
}

const kept = globalThis as typeof globalThis & { halfvecMigrationIndexing?: Promise<void> };

/**
 * On the embedded database, which one process has for itself, the app indexes too. On a server it does not: there
 * `npm run worker` does. It does not keep the process from ending, and outlives the reloads of the development server.
 */
export function startEmbeddedIndexing(): void {
  if (env.DATABASE_URL !== EMBEDDED_DATABASE_URL) return;
  kept.halfvecMigrationIndexing ??= processIndexing({
    database: pool,
    provider: embeddingProvider(),
    holdsProcess: false,
    onEvent: (event) => {
      if (event.type === "trouble") console.warn(`indexing: ${event.reason}`);
      if (event.type === "failed" && event.outcome === "given up") {
        console.warn(
          `indexing: ${event.entity.type} ${event.entity.id} could not be indexed: ${event.reason}`,
        );
      }
    },
    signal: new AbortController().signal,
  });
}

async function pageOfBlock(database: pg.Pool, workspaceId: string, id: string): Promise<string | null> {
  if (!isUuid(id)) return null;
  const { rows } = await database.query<{ id: string }>(
    "SELECT p.id FROM blocks b JOIN pages p ON p.id = b.page_id WHERE p.workspace_id = $1 AND b.id = $2",
    [workspaceId, id],
  );
  return rows[0]?.id ?? null;
}
