import type pg from "pg";
import {
  BLOCK_EMBEDDINGS,
  DATABASE_ROW_EMBEDDINGS,
  DOCUMENTS,
  type EmbeddingTable,
  PAGE_EMBEDDINGS,
} from "../../embedding-tables.ts";
import { storableJson } from "../embeddings/storable-json.ts";
import type { EntityName } from "./read-entity.server.ts";

/** A row that an entity has in an embedding table. */
export interface IndexedRow {
  readonly id: string;
  /** The page, block, row or document that it is about. */
  readonly entityId: string;
  readonly chunkIndex: number | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Whether it has an embedding. */
  readonly embedded: boolean;
  /** Of a document, what else stands in the row. */
  readonly title?: string;
  readonly content?: string;
}

type Queryable = Pick<pg.ClientBase, "query">;

/** Reads what an entity has in one embedding table; of a page also what its blocks and its sections' documents have. */
export async function readIndexedRows(
  database: Queryable,
  table: EmbeddingTable,
  { type, workspaceId, id }: EntityName,
): Promise<IndexedRow[]> {
  const { rows } = await database.query<IndexedRow>(readStatement(table, type), [workspaceId, id]);
  return rows;
}

/** The hashes of all that pages, their blocks and their sections' documents have embeddings for. */
export async function hashesOf(
  database: Queryable,
  workspaceId: string,
  pageIds: readonly string[],
): Promise<Set<string>> {
  const { rows } = await database.query<{ hash: string }>(
    `SELECT metadata ->> 'hash' AS hash FROM page_embeddings
     WHERE workspace_id = $1 AND page_id = ANY ($2::uuid[]) AND metadata ? 'hash' AND embedding IS NOT NULL
     UNION SELECT metadata ->> 'hash' FROM block_embeddings
     WHERE workspace_id = $1 AND page_id = ANY ($2::uuid[]) AND metadata ? 'hash' AND embedding IS NOT NULL
     UNION SELECT metadata ->> 'hash' FROM documents
     WHERE workspace_id = $1 AND metadata ->> 'pageId' = ANY ($2::text[]) AND metadata ? 'hash' AND embedding IS NOT NULL`,
    [workspaceId, pageIds],
  );
  return new Set(rows.map(({ hash }) => hash));
}

function readStatement(table: EmbeddingTable, type: EntityName["type"]): string {
  switch (table) {
    case PAGE_EMBEDDINGS:
      return chunkStatement(table, "page_id", "page_id");
    case BLOCK_EMBEDDINGS:
      return chunkStatement(table, "block_id", "page_id");
    case DATABASE_ROW_EMBEDDINGS:
      return chunkStatement(table, "row_id", "row_id");
    case DOCUMENTS:
      return `
        SELECT id, id AS "entityId", NULL::integer AS "chunkIndex", metadata, ${table.column} IS NOT NULL AS embedded,
          title, content
        FROM documents
        WHERE workspace_id = $1 AND ${
          type === "pages" ? "metadata ->> 'pageId' = $2" : "id = $2 AND NOT metadata ? 'pageId'"
        }
        ORDER BY id`;
    default:
      throw new TypeError(`No statement reads what stands in ${table.name}`);
  }
}

function chunkStatement(table: EmbeddingTable, entity: string, owner: string): string {
  return `
    SELECT id, ${entity} AS "entityId", chunk_index AS "chunkIndex", metadata, ${table.column} IS NOT NULL AS embedded
    FROM ${table.name} WHERE workspace_id = $1 AND ${owner} = $2 ORDER BY ${entity}, chunk_index, id`;
}

/** Removes rows of an embedding table by their ids. */
export async function deleteRows(
  client: pg.ClientBase,
  table: EmbeddingTable,
  ids: readonly string[],
): Promise<void> {
  if (ids.length > 0) await client.query(`DELETE FROM ${table.name} WHERE id = ANY ($1::uuid[])`, [ids]);
}

/** Rewrites what stands beside the embedding of rows; the embedding stays as it is, bit for bit. */
export async function updateBesides(
  client: pg.ClientBase,
  table: EmbeddingTable,
  rows: readonly { readonly id: string; readonly columns: Readonly<Record<string, unknown>> }[],
): Promise<void> {
  if (rows.length === 0) return;
  const records = storableJson(rows.map(({ id, columns }) => ({ ...columns, id })));
  await client.query(
    table === DOCUMENTS
      ? `UPDATE documents d SET title = r.title, content = r.content, source_uri = r.source_uri,
           metadata = r.metadata, updated_at = CASE
             WHEN (d.title, d.content, d.source_uri) IS NOT DISTINCT FROM (r.title, r.content, r.source_uri)
             THEN d.updated_at ELSE now() END
         FROM json_to_recordset($1::json)
           AS r(id uuid, title text, content text, source_uri text, metadata jsonb)
         WHERE d.id = r.id`
      : `UPDATE ${table.name} e SET chunk_index = r.chunk_index, metadata = r.metadata, updated_at = now()
         FROM json_to_recordset($1::json) AS r(id uuid, chunk_index integer, metadata jsonb)
         WHERE e.id = r.id`,
    [records],
  );
}
