import type pg from "pg";
import { blockOf, type PageContent } from "../content/page-content.ts";
import type { JobType } from "./enqueue.server.ts";

/** The entity of a job. */
export interface EntityName {
  readonly type: JobType;
  readonly workspaceId: string;
  readonly id: string;
}

/** What is indexed of an entity, and nothing else: while it stays the same, so does its index. */
export type Entity =
  | {
      readonly type: "pages";
      readonly title: string;
      /** Path of the file that it was imported from: then its sections are documents too. */
      readonly source: string | null;
      readonly blocks: readonly ReturnType<typeof blockOf>[];
    }
  | {
      readonly type: "rows";
      readonly databaseId: string;
      readonly properties: Readonly<Record<string, unknown>>;
    }
  | {
      readonly type: "documents";
      readonly title: string;
      readonly content: string;
      readonly sourceUri: string | null;
      readonly metadata: Readonly<Record<string, unknown>>;
    };

type Queryable = Pick<pg.ClientBase, "query">;

/**
 * Reads what is to be indexed; null where the workspace has no such page, row or document. The sections of an imported
 * page are not entities of their own.
 * @param keep locks the entity, so that nobody can delete it before the transaction ends
 */
export async function readEntity(
  database: Queryable,
  { type, workspaceId, id }: EntityName,
  keep = false,
): Promise<Entity | null> {
  const lock = keep ? "FOR NO KEY UPDATE" : "";
  if (type === "pages") return await readPage(database, workspaceId, id, lock);
  if (type === "rows") {
    const { rows } = await database.query<{ databaseId: string; properties: Record<string, unknown> }>(
      `SELECT r.database_id AS "databaseId", r.properties FROM database_rows r
       WHERE r.id = $2 AND EXISTS (SELECT FROM databases d WHERE d.id = r.database_id AND d.workspace_id = $1) ${lock}`,
      [workspaceId, id],
    );
    return rows[0] === undefined ? null : { type, ...rows[0] };
  }
  const { rows } = await database.query<Omit<Extract<Entity, { type: "documents" }>, "type">>(
    `SELECT title, content, source_uri AS "sourceUri", metadata - 'hash' AS metadata FROM documents
     WHERE workspace_id = $1 AND id = $2 AND NOT metadata ? 'pageId' ${lock}`,
    [workspaceId, id],
  );
  return rows[0] === undefined ? null : { type, ...rows[0] };
}

async function readPage(
  database: Queryable,
  workspaceId: string,
  id: string,
  lock: string,
): Promise<Entity | null> {
  const { rows } = await database.query<{ title: string; source: PageContent["source"] | null }>(
    `SELECT title, content ->> 'source' AS source FROM pages WHERE workspace_id = $1 AND id = $2 ${lock}`,
    [workspaceId, id],
  );
  if (rows[0] === undefined) return null;
  const { title, source = null } = rows[0];
  const blocks = await database.query<{ id: string; type: string; content: unknown }>(
    "SELECT id, type, content FROM blocks WHERE page_id = $1 ORDER BY position, id",
    [id],
  );
  return { type: "pages", title, source, blocks: blocks.rows.map(blockOf) };
}
