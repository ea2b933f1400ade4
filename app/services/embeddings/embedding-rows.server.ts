import type pg from "pg";
import {
  BLOCK_EMBEDDINGS,
  DATABASE_ROW_EMBEDDINGS,
  DOCUMENTS,
  type EmbeddingTable,
  PAGE_EMBEDDINGS,
} from "../../embedding-tables.ts";
import { type EmbeddingColumnLimits, type EmbeddingEntity, embeddingLiteral } from "./embedding-value.ts";
import { storableJson } from "./storable-json.ts";

/** A row to write: its columns by name but the embedding, and the embedding. */
export interface EmbeddingRow {
  readonly entity: EmbeddingEntity;
  readonly columns: Readonly<Record<string, unknown>> & { readonly id: string };
  /** Null stores the row without an embedding. */
  readonly embedding: readonly number[] | null;
}

/** Rows a statement: about 2 MB of text at 1,536 dimensions. */
const ROWS_PER_STATEMENT = 100;

/**
 * Writes rows into one embedding table, with a cast to the type that its column has now; a row whose id is there
 * already is overwritten. Run it in a transaction: it may take several statements.
 * @throws {EmbeddingValueError} before anything of its statement is written
 */
export async function upsertEmbeddingRows(
  client: pg.ClientBase,
  table: EmbeddingTable,
  type: EmbeddingColumnLimits["type"],
  rows: readonly EmbeddingRow[],
): Promise<void> {
  const column = { type, dimensions: table.dimensions };
  const records = rows.map(({ entity, columns, embedding }) => ({
    ...columns,
    embedding: embedding === null ? null : embeddingLiteral(embedding, column, entity),
  }));
  const statement = upsertStatement(table, `${type}(${table.dimensions})`);
  for (let from = 0; from < records.length; from += ROWS_PER_STATEMENT) {
    await client.query(statement, [storableJson(records.slice(from, from + ROWS_PER_STATEMENT))]);
  }
}

/** Removes all embeddings of the given pages, blocks or database rows. */
export async function deleteEmbeddingsOf(
  client: pg.ClientBase,
  table: EmbeddingTable,
  entityIds: readonly string[],
): Promise<void> {
  await client.query(deleteStatement(table), [entityIds]);
}

/** A document that is only indexed again is no other version: who edits it meanwhile has lost nothing. */
const DOCUMENT_WRITTEN_AT = `
          CASE WHEN (d.title, d.content, d.source_uri)
            IS NOT DISTINCT FROM (excluded.title, excluded.content, excluded.source_uri) THEN d.updated_at
          ELSE now() END`;

function upsertStatement(table: EmbeddingTable, type: string): string {
  switch (table) {
    case PAGE_EMBEDDINGS:
      return `
        INSERT INTO page_embeddings (id, page_id, workspace_id, chunk_index, chunk_text, embedding, metadata)
        SELECT id, page_id, workspace_id, chunk_index, chunk_text, embedding::${type}, metadata
        FROM json_to_recordset($1::json) AS r(id uuid, page_id uuid, workspace_id uuid, chunk_index integer,
          chunk_text text, embedding text, metadata jsonb)
        ON CONFLICT (id) DO UPDATE SET page_id = excluded.page_id, workspace_id = excluded.workspace_id,
          chunk_index = excluded.chunk_index, chunk_text = excluded.chunk_text, embedding = excluded.embedding,
          metadata = excluded.metadata, updated_at = now()`;
    case BLOCK_EMBEDDINGS:
      return `
        INSERT INTO block_embeddings
          (id, block_id, page_id, workspace_id, chunk_index, chunk_text, embedding, metadata)
        SELECT id, block_id, page_id, workspace_id, chunk_index, chunk_text, embedding::${type}, metadata
        FROM json_to_recordset($1::json) AS r(id uuid, block_id uuid, page_id uuid, workspace_id uuid,
          chunk_index integer, chunk_text text, embedding text, metadata jsonb)
        ON CONFLICT (id) DO UPDATE SET block_id = excluded.block_id, page_id = excluded.page_id,
          workspace_id = excluded.workspace_id, chunk_index = excluded.chunk_index,
          chunk_text = excluded.chunk_text, embedding = excluded.embedding, metadata = excluded.metadata,
          updated_at = now()`;
    case DATABASE_ROW_EMBEDDINGS:
      return `
        INSERT INTO database_row_embeddings
          (id, row_id, database_id, workspace_id, chunk_index, chunk_text, embedding, metadata)
        SELECT id, row_id, database_id, workspace_id, chunk_index, chunk_text, embedding::${type}, metadata
        FROM json_to_recordset($1::json) AS r(id uuid, row_id uuid, database_id uuid, workspace_id uuid,
          chunk_index integer, chunk_text text, embedding text, metadata jsonb)
        ON CONFLICT (id) DO UPDATE SET row_id = excluded.row_id, database_id = excluded.database_id,
          workspace_id = excluded.workspace_id, chunk_index = excluded.chunk_index,
          chunk_text = excluded.chunk_text, embedding = excluded.embedding, metadata = excluded.metadata,
          updated_at = now()`;
    case DOCUMENTS:
      return `
        INSERT INTO documents AS d (id, workspace_id, title, content, source_uri, embedding, metadata)
        SELECT id, workspace_id, title, content, source_uri, embedding::${type}, metadata
        FROM json_to_recordset($1::json) AS r(id uuid, workspace_id uuid, title text, content text,
          source_uri text, embedding text, metadata jsonb)
        ON CONFLICT (id) DO UPDATE SET workspace_id = excluded.workspace_id, title = excluded.title,
          content = excluded.content, source_uri = excluded.source_uri, embedding = excluded.embedding,
          metadata = excluded.metadata, updated_at = ${DOCUMENT_WRITTEN_AT}`;
    default:
      throw new TypeError(`No statement stores embeddings in ${table.name}`);
  }
}

function deleteStatement(table: EmbeddingTable): string {
  switch (table) {
    case PAGE_EMBEDDINGS:
      return "DELETE FROM page_embeddings WHERE page_id = ANY ($1::uuid[])";
    case BLOCK_EMBEDDINGS:
      return "DELETE FROM block_embeddings WHERE block_id = ANY ($1::uuid[])";
    case DATABASE_ROW_EMBEDDINGS:
      return "DELETE FROM database_row_embeddings WHERE row_id = ANY ($1::uuid[])";
    case DOCUMENTS:
      return "DELETE FROM documents WHERE id = ANY ($1::uuid[])";
    default:
      throw new TypeError(`No statement deletes embeddings from ${table.name}`);
  }
}
