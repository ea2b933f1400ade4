import { isDeepStrictEqual } from "node:util";
import type pg from "pg";
import { generateEmbeddingsBatch } from "../embedding-generation.server.ts";
import { embeddingTransaction, lockEntities } from "../embeddings/embedding-transaction.server.ts";
import type { EmbeddingProvider } from "../embeddings/provider.ts";
import { chunkingFor, type PlannedRow, planEntity } from "./plan-entity.ts";
import { type EntityName, readEntity } from "./read-entity.server.ts";
import { insertMissing, missingRows, type SyncCounts, syncEntity } from "./sync-entity.server.ts";

/**
 * More missing rows than this are written before the entity is locked. A row takes some milliseconds in its vector index,
 * and who edits the entity would wait: a page of 2 MB has 8,000 rows and takes a minute.
 */
const ROWS_UNDER_LOCK = 250;

/** How often an entity may change while it is indexed before the job is given back. */
const MAX_PLANS = 5;

/** An entity did not keep still for as long as it takes to index it. It is tried again later. */
export class EntityChangingError extends Error {
  override readonly name = "EntityChangingError";
}

/** Rolls a transaction back: the entity is another than the one that was planned. */
class EntityChangedError extends Error {}

/**
 * Makes the embeddings of an entity those of its text now: what is there already stays untouched, what is missing is
 * embedded, the rest goes, in one transaction. So a job that is interrupted leaves the entity as it was. Of an entity that
 * is gone nothing stays.
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
    signal?.throwIfAborted();
    try {
      return await embeddingTransaction(database, plan.tables, async (client, typeOf) => {
        const early =
          missing.length > ROWS_UNDER_LOCK
            ? await insertMissing(client, typeOf, name, plan, vectors, signal)
            : 0;
        await lockEntities(client, plan.lockedIds);
        const now = await readEntity(client, name, true);
        const done = isDeepStrictEqual(now, entity)
          ? await syncEntity(client, typeOf, name, plan, vectors)
          : null;
        if (done === null) throw new EntityChangedError();
        return { ...done, inserted: done.inserted + early, kept: done.kept - early };
      });
    } catch (error) {
      if (!(error instanceof EntityChangedError)) throw error;
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
