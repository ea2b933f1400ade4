import {
  BLOCK_EMBEDDINGS,
  DATABASE_ROW_EMBEDDINGS,
  DOCUMENTS,
  type EmbeddingTable,
  PAGE_EMBEDDINGS,
} from "../../embedding-tables.ts";
import { checkContent, checkIds } from "./check-content.ts";
import type { EmbeddingRow } from "./embedding-rows.server.ts";
import { EmbeddingValueError } from "./embedding-value.ts";
import { inWords } from "./in-words.ts";
import { stableId } from "./stable-id.ts";

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

/** What one entity has in an embedding table: rows to write, of which some still lack their vector. */
export interface EntityRows {
  readonly entityId: string;
  readonly rows: readonly PendingRow[];
}

export interface PendingRow extends EmbeddingRow {
  /** What the row's embedding is made of. */
  readonly text: string;
}

/** The rows of a page, as `replaceEntities` writes them. @throws {EmbeddingValueError} for what cannot be stored */
export function pageRows({ pageId, workspaceId, chunks }: PageText): EntityRows {
  return chunkRows(PAGE_EMBEDDINGS, pageId, chunks, { page_id: pageId, workspace_id: workspaceId });
}

/** The rows of a block, as `replaceEntities` writes them. @throws {EmbeddingValueError} for what cannot be stored */
export function blockRows({ blockId, pageId, workspaceId, chunks }: BlockText): EntityRows {
  const owners = { block_id: blockId, page_id: pageId, workspace_id: workspaceId };
  return chunkRows(BLOCK_EMBEDDINGS, blockId, chunks, owners);
}

/** The rows of a database row, as `replaceEntities` writes them. @throws {EmbeddingValueError} for what cannot be stored */
export function databaseRowRows({ rowId, databaseId, workspaceId, chunks }: DatabaseRowText): EntityRows {
  const owners = { row_id: rowId, database_id: databaseId, workspace_id: workspaceId };
  return chunkRows(DATABASE_ROW_EMBEDDINGS, rowId, chunks, owners);
}

/** The row of a document, as `replaceEntities` writes it. @throws {EmbeddingValueError} for what cannot be stored */
export function documentRows(document: DocumentText): EntityRows {
  const { documentId, workspaceId, title, content, sourceUri, embedding, metadata } = document;
  const text = document.embeddedText ?? content;
  const entity = { table: DOCUMENTS.name, id: documentId, chunkIndex: null };
  checkIds(entity, { id: documentId, workspace_id: workspaceId });
  checkContent(entity, { title, content, source_uri: sourceUri ?? "", "the embedded text": text }, document);
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
  const whole = { table: table.name, id: entityId, chunkIndex: null };
  checkIds(whole, owners);
  if (!Array.isArray(chunks)) {
    throw new EmbeddingValueError(whole, "invalid_text", `chunks is ${inWords(chunks)}; an array is needed`);
  }
  const rows = Array.from(chunks as readonly TextChunk[], (chunk, index) => {
    const entity = { table: table.name, id: entityId, chunkIndex: index };
    const { text, embedding, metadata } = chunk ?? {};
    checkContent(entity, { chunk_text: text }, { embedding, metadata });
    const id = stableId(table.name, entityId, index);
    const columns = { ...owners, id, chunk_index: index, chunk_text: text, metadata: metadata ?? {} };
    return { entity, columns, embedding: embedding ?? null, text };
  });
  return { entityId, rows };
}
