import { isDeepStrictEqual } from "node:util";
import type pg from "pg";
import { generateEmbeddingsBatch } from "../embedding-generation.server.ts";
import { embeddingTransaction, lockEntities } from "../embeddings/embedding-transaction.server.ts";
import type { EmbeddingProvider } from "../embeddings/provider.ts";
import { chunkingFor, type PlannedRow, planEntity } from "./plan-entity.ts";
import { type EntityName, readEntity } from "./read-entity.server.ts";
import { missingRows, type SyncCounts, syncEntity } from "./sync-entity.server.ts";

/**
 * Rows inserted in one transaction. A row takes some milliseconds in its vector index, and who edits the entity waits
 * for the transaction: a page of 2 MB has 8,000 rows and took a minute.
 */
const ROWS_PER_TRANSACTION = 250;

/** How often an entity may change while it is indexed before the job is given back. */
const MAX_PLANS = 5;

/** An entity did not keep still for as long as it takes to index it. It is tried again later. */
export class EntityChangingError extends Error {
  override readonly name = "EntityChangingError";
}

/**
 * Makes the embeddings of an entity those of its text now: what is there already stays untouched, what is missing is
 * embedded, the rest goes, in one transaction. Where many are missing they come in several, before the rest goes: search
 * finds old and new passages for that time, and what was written is there for the next attempt. Of an entity that is gone
 * nothing stays.
 * @throws {EmbeddingProviderError} and then the entity has the rows that it had
 * @throws {EntityChangingError}
 * @throws the reason of `signal` once it is aborted
 */
export async function indexEntity(
  database: pg.Pool,
  provider: EmbeddingProvider,
  name: EntityName,
  signal?: AbortSignal,
): Promise<SyncCounts> {
  const vectors = new Map<string, number[]>();
  for (let attempt = 0; attempt < MAX_PLANS; attempt++) {
    const entity = await readEntity(database, name);
    const plan = await planEntity(name, entity, chunkingFor(provider));
    const missing = await missingRows(database, name, plan);
    await embedRows(
      missing.filter(({ hash }) => !vectors.has(hash)),
      provider,
      vectors,
      signal,
    );
    for (let before = 0; ; before += ROWS_PER_TRANSACTION) {
      signal?.throwIfAborted();
      const done = await embeddingTransaction(database, plan.tables, async (client, typeOf) => {
        await lockEntities(client, plan.lockedIds);
        const now = await readEntity(client, name, true);
        if (!isDeepStrictEqual(now, entity)) return null;
        return await syncEntity(client, typeOf, name, plan, vectors, ROWS_PER_TRANSACTION);
      });
      if (done === null) break;
      if (done.complete) return { ...done, inserted: done.inserted + before, kept: done.kept - before };
    }
  }
  throw new EntityChangingError(`It was changed ${MAX_PLANS} times while it was indexed.`);
}

/**
 * Embeds what rows are made of, and adds their vectors to `vectors`.
 * @throws {EmbeddingProviderError}
 */
export async function embedRows(
  rows: readonly PlannedRow[],
  provider: EmbeddingProvider,
  vectors: Map<string, number[]>,
  signal?: AbortSignal,
): Promise<void> {
  const texts = rows.flatMap((row) => row.texts);
  const embeddings = await generateEmbeddingsBatch(texts, { provider, ...(signal ? { signal } : {}) });
  let from = 0;
  for (const { hash, texts: own } of rows) {
    vectors.set(hash, middleOf(embeddings.slice(from, from + own.length)));
    from += own.length;
  }
}

/** The direction in the middle of some vectors: their sum, at length 1. One vector stays as it is. */
function middleOf(vectors: readonly number[][]): number[] {
  const [first = []] = vectors;
  if (vectors.length === 1) return first;
  const sum = first.map((_, at) => vectors.reduce((total, vector) => total + (vector[at] ?? 0), 0));
  const length = Math.hypot(...sum);
  return length === 0 ? first : sum.map((value) => value / length);
}
