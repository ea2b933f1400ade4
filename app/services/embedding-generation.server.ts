import type pg from "pg";
import { pool } from "../db.server.ts";
import {
  BLOCK_EMBEDDINGS,
  DATABASE_ROW_EMBEDDINGS,
  DOCUMENTS,
  type EmbeddingTable,
  PAGE_EMBEDDINGS,
} from "../embedding-tables.ts";
import {
  deleteEmbeddingsOf,
  type EmbeddingRow,
  upsertEmbeddingRows,
} from "./embeddings/embedding-rows.server.ts";
import {
  type ColumnTypes,
  embeddingTransaction,
  lockEntities,
} from "./embeddings/embedding-transaction.server.ts";
import { EmbeddingValueError } from "./embeddings/embedding-value.ts";
import type { EmbeddingProvider } from "./embeddings/provider.ts";
import { embeddingProvider } from "./embeddings/provider-choice.server.ts";
import { stableId } from "./embeddings/stable-id.ts";

/** A piece of an entity's text that is embedded on its own. */
export interface TextChunk {
  readonly text: string;
  /** The vector of `text` where it is known already; otherwise the provider makes it. */
  readonly embedding?: readonly number[] | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

export interface PageText {
  readonly pageId: string;
  readonly workspaceId: string;
  /** In order; none removes the page's embeddings. */
  readonly chunks: readonly TextChunk[];
}

export interface BlockText {
  readonly blockId: string;
  readonly pageId: string;
  readonly workspaceId: string;
  readonly chunks: readonly TextChunk[];
}

export interface DatabaseRowText {
  readonly rowId: string;
  readonly databaseId: string;
  readonly workspaceId: string;
  readonly chunks: readonly TextChunk[];
}

/** A document is one row, with one embedding. */
export interface DocumentText {
  readonly documentId: string;
  readonly workspaceId: string;
  readonly title: string;
  readonly content: string;
  readonly sourceUri?: string | undefined;
  /** What is embedded, where that is not the whole content. */
  readonly embeddedText?: string | undefined;
  readonly embedding?: readonly number[] | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

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
 * @throws {EmbeddingProviderError}
 */
export async function generateEmbeddingsBatch(
  texts: readonly string[],
  { provider = embeddingProvider(), signal }: GenerationOptions = {},
): Promise<number[][]> {
  const distinct = [...new Set(texts)];
  const embeddings = distinct.length === 0 ? [] : await provider.embed(distinct, signal ? { signal } : {});
  const byText = new Map(distinct.map((text, index) => [text, embeddings[index] as number[]]));
  return texts.map((text) => byText.get(text) as number[]);
}

/**
 * Replaces the embeddings of pages by those of the given chunks: all of them, in one transaction, or nothing.
 * The rows take the type that the column has at that moment, `vector` or `halfvec`.
 * @returns rows written
 * @throws {EmbeddingValueError} naming page and chunk, for an empty text or a vector that the column cannot hold
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

/** What one entity has in an embedding table: rows to write, of which some still lack their vector. */
export interface EntityRows {
  readonly entityId: string;
  readonly rows: readonly PendingRow[];
}

export interface PendingRow extends EmbeddingRow {
  /** What the row's embedding is made of. */
  readonly text: string;
}

/** The rows of a page, as {@link replaceEntities} writes them. */
export function pageRows({ pageId, workspaceId, chunks }: PageText): EntityRows {
  return chunkRows(PAGE_EMBEDDINGS, pageId, chunks, { page_id: pageId, workspace_id: workspaceId });
}

/** The rows of a block, as {@link replaceEntities} writes them. */
export function blockRows({ blockId, pageId, workspaceId, chunks }: BlockText): EntityRows {
  const owners = { block_id: blockId, page_id: pageId, workspace_id: workspaceId };
  return chunkRows(BLOCK_EMBEDDINGS, blockId, chunks, owners);
}

/** The rows of a database row, as {@link replaceEntities} writes them. */
export function databaseRowRows({ rowId, databaseId, workspaceId, chunks }: DatabaseRowText): EntityRows {
  const owners = { row_id: rowId, database_id: databaseId, workspace_id: workspaceId };
  return chunkRows(DATABASE_ROW_EMBEDDINGS, rowId, chunks, owners);
}

/** The row of a document, as {@link replaceEntities} writes it. */
export function documentRows(document: DocumentText): EntityRows {
  const { documentId, workspaceId, title, content, sourceUri, embedding, metadata } = document;
  const text = document.embeddedText ?? content;
  const entity = { table: DOCUMENTS.name, id: documentId, chunkIndex: null };
  const columns = {
    id: documentId,
    workspace_id: workspaceId,
    title,
    content,
    source_uri: sourceUri ?? null,
    metadata: metadata ?? {},
  };
  return { entityId: documentId, rows: [{ entity, columns, embedding: embedding ?? null, text }] };
}

function chunkRows(
  table: EmbeddingTable,
  entityId: string,
  chunks: readonly TextChunk[],
  owners: Readonly<Record<string, string>>,
): EntityRows {
  const rows = chunks.map(({ text, embedding, metadata }, index) => ({
    entity: { table: table.name, id: entityId, chunkIndex: index },
    columns: {
      ...owners,
      id: stableId(table.name, entityId, index),
      chunk_index: index,
      chunk_text: text,
      metadata: metadata ?? {},
    },
    embedding: embedding ?? null,
    text,
  }));
  return { entityId, rows };
}

async function replaceAll(
  table: EmbeddingTable,
  entities: readonly EntityRows[],
  { database = pool, ...generation }: StoreOptions,
): Promise<number> {
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
