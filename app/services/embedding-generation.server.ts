import type pg from "pg";
import { pool } from "../db.server.ts";
import {
  BLOCK_EMBEDDINGS,
  DATABASE_ROW_EMBEDDINGS,
  DOCUMENTS,
  type EmbeddingTable,
  PAGE_EMBEDDINGS,
} from "../embedding-tables.ts";
import { checkAnswer, checkTexts } from "./embeddings/check-answer.ts";
import { checkDistinct } from "./embeddings/check-content.ts";
import { deleteEmbeddingsOf, upsertEmbeddingRows } from "./embeddings/embedding-rows.server.ts";
import {
  type ColumnTypes,
  embeddingTransaction,
  lockEntities,
} from "./embeddings/embedding-transaction.server.ts";
import { EmbeddingValueError } from "./embeddings/embedding-value.ts";
import {
  type BlockText,
  blockRows,
  type DatabaseRowText,
  type DocumentText,
  databaseRowRows,
  documentRows,
  type EntityRows,
  type PageText,
  pageRows,
} from "./embeddings/entity-rows.ts";
import type { EmbeddingProvider } from "./embeddings/provider.ts";
import { embeddingProvider } from "./embeddings/provider-choice.server.ts";

export interface GenerationOptions {
  /** Default: the provider of the configuration. */
  provider?: EmbeddingProvider | undefined;
  signal?: AbortSignal | undefined;
}

export interface StoreOptions extends GenerationOptions {
  /** Default: the app's pool. */
  database?: pg.Pool | undefined;
}

/**
 * The embedding of one text, `dimensions` finite numbers.
 * @throws {EmbeddingProviderError}
 */
export async function generateEmbedding(text: string, options: GenerationOptions = {}): Promise<number[]> {
  return (await generateEmbeddingsBatch([text], options))[0] as number[];
}

/**
 * The embeddings of many texts, in their order; equal texts are embedded once.
 * @throws {EmbeddingProviderError} also for what is no text or an empty one, and for an answer that is not vectors
 */
export async function generateEmbeddingsBatch(
  texts: readonly string[],
  { provider = embeddingProvider(), signal }: GenerationOptions = {},
): Promise<number[][]> {
  if (texts.length === 0) return [];
  checkTexts(provider, texts);
  const distinct = [...new Set(texts)];
  const embeddings: unknown = await provider.embed(distinct, signal ? { signal } : {});
  checkAnswer(provider, distinct.length, embeddings);
  const byText = new Map(distinct.map((text, index) => [text, embeddings[index] as number[]]));
  return texts.map((text) => byText.get(text) as number[]);
}

/**
 * Replaces the embeddings of pages by those of the given chunks: all of them, in one transaction, or nothing.
 * The rows take the type that the column has at that moment, `vector` or `halfvec`. In texts and metadata a NUL
 * character is stored as a space, half of a surrogate pair as U+FFFD: PostgreSQL has no text with either.
 * @returns rows written
 * @throws {EmbeddingValueError} naming page and chunk, for an id, a text, metadata or a vector that the table cannot
 * hold, an empty text, a page that is given twice; but for values beyond halfvec before anything is sent
 * @throws {EmbeddingProviderError}
 */
export async function storePageEmbeddings(
  pages: readonly PageText[],
  options: StoreOptions = {},
): Promise<number> {
  return await replaceAll(PAGE_EMBEDDINGS, pages.map(pageRows), options);
}

/** As {@link storePageEmbeddings}, for blocks. */
export async function storeBlockEmbeddings(
  blocks: readonly BlockText[],
  options: StoreOptions = {},
): Promise<number> {
  return await replaceAll(BLOCK_EMBEDDINGS, blocks.map(blockRows), options);
}

/** As {@link storePageEmbeddings}, for rows of databases. */
export async function storeDatabaseRowEmbeddings(
  rows: readonly DatabaseRowText[],
  options: StoreOptions = {},
): Promise<number> {
  return await replaceAll(DATABASE_ROW_EMBEDDINGS, rows.map(databaseRowRows), options);
}

/** Writes documents with the embeddings of their contents; a document with the same id is overwritten. */
export async function storeDocumentEmbeddings(
  documents: readonly DocumentText[],
  options: StoreOptions = {},
): Promise<number> {
  return await replaceAll(DOCUMENTS, documents.map(documentRows), options);
}

async function replaceAll(
  table: EmbeddingTable,
  entities: readonly EntityRows[],
  { database = pool, ...generation }: StoreOptions,
): Promise<number> {
  if (entities.length === 0) return 0;
  checkDistinct(
    table.name,
    entities.map(({ entityId }) => entityId),
  );
  const embedded = await embedPending(entities, generation);
  return await embeddingTransaction(database, [table], (client, typeOf) =>
    replaceEntities(client, typeOf, table, embedded),
  );
}

/**
 * Gives every row that lacks its embedding the one of its text.
 * @throws {EmbeddingValueError} for a text without content
 */
export async function embedPending(
  entities: readonly EntityRows[],
  options: GenerationOptions,
): Promise<EntityRows[]> {
  const pending = entities.flatMap(({ rows }) => rows.filter((row) => row.embedding === null));
  for (const { entity, text } of pending) {
    if (text.trim() === "") throw new EmbeddingValueError(entity, "empty_text", "there is no text to embed");
  }
  const embeddings = await generateEmbeddingsBatch(
    pending.map(({ text }) => text),
    options,
  );
  const embeddingOf = new Map(pending.map((row, index) => [row, embeddings[index] ?? null]));
  return entities.map(({ entityId, rows }) => ({
    entityId,
    rows: rows.map((row) => ({ ...row, embedding: row.embedding ?? embeddingOf.get(row) ?? null })),
  }));
}

/** Replaces what the entities have in `table`, inside a transaction of {@link embeddingTransaction}. */
export async function replaceEntities(
  client: pg.PoolClient,
  typeOf: ColumnTypes,
  table: EmbeddingTable,
  entities: readonly EntityRows[],
): Promise<number> {
  if (entities.length === 0) return 0;
  const entityIds = entities.map(({ entityId }) => entityId);
  const rows = entities.flatMap((entity) => entity.rows);
  await lockEntities(client, entityIds);
  if (table !== DOCUMENTS) await deleteEmbeddingsOf(client, table, entityIds);
  await upsertEmbeddingRows(client, table, typeOf(table), rows);
  return rows.length;
}
