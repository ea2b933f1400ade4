import { createHash } from "node:crypto";
import {
  BLOCK_EMBEDDINGS,
  DATABASE_ROW_EMBEDDINGS,
  DOCUMENTS,
  type EmbeddingTable,
  PAGE_EMBEDDINGS,
} from "../../embedding-tables.ts";
import type { EmbeddingProvider } from "../embeddings/provider.ts";
import { chunksOf, sectionsOf, sectionText } from "../import/chunks.ts";
import { anchorsAbove } from "../rag/heading-anchor.ts";
import type { Entity, EntityName } from "./read-entity.server.ts";
import { rowText } from "./row-text.ts";
import { splitText } from "./split-text.ts";

/** How texts are cut and embedded. */
export interface Chunking {
  /** Most characters of a chunk. */
  readonly chunkCharacters: number;
  /** Most characters that the provider takes in. */
  readonly inputCharacters: number;
  /** The provider's model. */
  readonly model: string;
}

/** A row that an entity should have in an embedding table. */
export interface PlannedRow {
  readonly table: EmbeddingTable;
  /** The page, block, row or document that the row is about. Of a section's document it is not known yet. */
  readonly entityId: string | null;
  /** Null for a document, which has one row. */
  readonly chunkIndex: number | null;
  /** The columns but `id` and the embedding; `metadata` has the hash. */
  readonly columns: Readonly<Record<string, unknown>> & {
    readonly metadata: Readonly<Record<string, unknown>>;
  };
  /** Of model and texts: a row that has it has the right embedding. */
  readonly hash: string;
  /** What is embedded: one text, or the parts of one that is too long, of which the row gets the middle. */
  readonly texts: readonly string[];
}

/** All rows that an entity should have, and where they are. */
export interface EntityPlan {
  readonly tables: readonly EmbeddingTable[];
  readonly rows: readonly PlannedRow[];
  /** Who writes one of these waits for who writes another. */
  readonly lockedIds: readonly string[];
}

const MAX_CHUNK_CHARACTERS = 1_200;

/** A shorter block says too little to be found on its own; it is found as a part of its page. */
const MIN_BLOCK_CHARACTERS = 120;

/** How texts are cut for a provider. */
export function chunkingFor({ inputCharacters, model }: EmbeddingProvider): Chunking {
  return { chunkCharacters: Math.min(MAX_CHUNK_CHARACTERS, inputCharacters), inputCharacters, model };
}

/** Works out which rows an entity should have; none for one that is gone. The same text makes the same plan. */
export async function planEntity(
  name: EntityName,
  entity: Entity | null,
  chunking: Chunking,
): Promise<EntityPlan> {
  switch (name.type) {
    case "pages":
      return await planPage(name, entity?.type === "pages" ? entity : null, chunking);
    case "rows":
      return await planRow(name, entity?.type === "rows" ? entity : null, chunking);
    case "documents":
      return await planDocument(name, entity?.type === "documents" ? entity : null, chunking);
  }
}

async function planPage(
  { id, workspaceId }: EntityName,
  page: Extract<Entity, { type: "pages" }> | null,
  chunking: Chunking,
): Promise<EntityPlan> {
  const rows: PlannedRow[] = [];
  const owners = { page_id: id, workspace_id: workspaceId };
  const { chunkCharacters, inputCharacters } = chunking;
  const documents: PlannedRow[] = [];
  const anchors = anchorsAbove(page?.blocks ?? [], page?.title ?? "");
  for (const [index, section] of sectionsOf(page?.blocks ?? []).entries()) {
    const anchor = anchors.get(section.blocks[0]?.id ?? "");
    const place = anchor === undefined ? {} : { anchor };
    const chunks = await chunksOf([section], chunkCharacters, page?.title);
    for (const { text, heading } of chunks) {
      rows.push(chunkRow(PAGE_EMBEDDINGS, id, rows.length, text, owners, { heading, ...place }, chunking));
    }
    if (page === null || page.source === null) continue;
    const content = sectionText(section, page.title);
    const texts = content.length <= inputCharacters ? [content] : chunks.map(({ text }) => text);
    const hash = hashOf(chunking.model, texts);
    const columns = {
      workspace_id: workspaceId,
      title: section.heading === "" ? page.title : section.heading,
      content,
      source_uri: page.source,
      metadata: { pageId: id, section: index, ...place, hash },
    };
    documents.push({ table: DOCUMENTS, entityId: null, chunkIndex: null, columns, hash, texts });
  }
  for (const block of page?.blocks ?? []) {
    if (block.type === "heading" || block.text.length < MIN_BLOCK_CHARACTERS) continue;
    const blockOwners = { block_id: block.id, ...owners };
    for (const [index, piece] of (await splitText(block.text, chunkCharacters)).entries()) {
      const metadata = { type: block.type };
      rows.push(chunkRow(BLOCK_EMBEDDINGS, block.id, index, piece, blockOwners, metadata, chunking));
    }
  }
  return {
    tables: [PAGE_EMBEDDINGS, BLOCK_EMBEDDINGS, DOCUMENTS],
    rows: [...rows, ...documents],
    lockedIds: [id],
  };
}

async function planRow(
  { id, workspaceId }: EntityName,
  row: Extract<Entity, { type: "rows" }> | null,
  chunking: Chunking,
): Promise<EntityPlan> {
  const tables = [DATABASE_ROW_EMBEDDINGS];
  if (row === null) return { tables, rows: [], lockedIds: [id] };
  const owners = { row_id: id, database_id: row.databaseId, workspace_id: workspaceId };
  const pieces = await splitText(rowText(row.properties), chunking.chunkCharacters);
  const rows = pieces.map((piece, index) =>
    chunkRow(DATABASE_ROW_EMBEDDINGS, id, index, piece, owners, {}, chunking),
  );
  return { tables, rows, lockedIds: [id, row.databaseId] };
}

async function planDocument(
  { id, workspaceId }: EntityName,
  document: Extract<Entity, { type: "documents" }> | null,
  chunking: Chunking,
): Promise<EntityPlan> {
  const tables = [DOCUMENTS];
  if (document === null) return { tables, rows: [], lockedIds: [id] };
  const { title, content, sourceUri, metadata } = document;
  const whole = sectionText({ heading: "", blocks: [{ type: "paragraph", text: content.trim() }] }, title);
  const texts =
    whole.length <= chunking.inputCharacters ? [whole] : await documentParts(title, content, chunking);
  const hash = hashOf(chunking.model, texts);
  const columns = {
    workspace_id: workspaceId,
    title,
    content,
    source_uri: sourceUri,
    metadata: { ...metadata, hash },
  };
  const row = { table: DOCUMENTS, entityId: id, chunkIndex: null, columns, hash, texts };
  return { tables, rows: whole.trim() === "" ? [] : [row], lockedIds: [id] };
}

function chunkRow(
  table: EmbeddingTable,
  entityId: string,
  chunkIndex: number,
  text: string,
  owners: Readonly<Record<string, string>>,
  metadata: Readonly<Record<string, unknown>>,
  { model }: Chunking,
): PlannedRow {
  const hash = hashOf(model, [text]);
  const columns = { ...owners, chunk_index: chunkIndex, chunk_text: text, metadata: { ...metadata, hash } };
  return { table, entityId, chunkIndex, columns, hash, texts: [text] };
}

/** A document that is too long for the provider, in parts that each begin with its title. */
async function documentParts(
  title: string,
  content: string,
  { chunkCharacters }: Chunking,
): Promise<string[]> {
  const section = { heading: "", blocks: [{ type: "paragraph", text: content }] };
  return (await chunksOf([section], chunkCharacters, title)).map(({ text }) => text);
}

function hashOf(model: string, texts: readonly string[]): string {
  return createHash("sha256")
    .update(JSON.stringify([model, ...texts]))
    .digest("hex");
}
