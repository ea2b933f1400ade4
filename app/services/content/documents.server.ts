import { randomUUID } from "node:crypto";
import type pg from "pg";
import { pool } from "../../db.server.ts";
import { isUuid } from "../embeddings/uuid.ts";
import { ContentError } from "./content-error.ts";
import { textField, titleField } from "./content-fields.ts";
import { contentTransaction } from "./content-transaction.server.ts";
import { checkOpened, nextVersion } from "./edit-version.ts";

export interface DocumentListItem {
  readonly id: string;
  readonly title: string;
  readonly sourceUri: string | null;
  readonly updatedAt: Date;
}

export interface DocumentView extends DocumentListItem {
  readonly content: string;
  /** The page whose section it is, for one that was made from a page; such a document is changed there. */
  readonly pageId: string | null;
}

export interface DocumentFields {
  title: string;
  content: string;
  /** Where it comes from: an address or a path. */
  sourceUri?: string | null | undefined;
}

/**
 * The documents of a workspace, the newest first, without those that are sections of pages.
 * @param part `limit` of them (default 100) after the first `offset`
 */
export async function listDocuments(
  workspaceId: string,
  { offset = 0, limit = 100 }: { offset?: number; limit?: number } = {},
  database: pg.Pool = pool,
): Promise<DocumentListItem[]> {
  const { rows } = await database.query<DocumentListItem>(
    `SELECT id, title, source_uri AS "sourceUri", updated_at AS "updatedAt" FROM documents
     WHERE workspace_id = $1 AND NOT metadata ? 'pageId' ORDER BY updated_at DESC, id LIMIT $2 OFFSET $3`,
    [workspaceId, limit, offset],
  );
  return rows;
}

/** A document, also one that is the section of a page; null where the workspace has none with this id. */
export async function readDocument(
  workspaceId: string,
  id: string,
  database: pg.Pool = pool,
): Promise<DocumentView | null> {
  if (!isUuid(id)) return null;
  const { rows } = await database.query<DocumentView>(
    `SELECT id, title, content, source_uri AS "sourceUri", updated_at AS "updatedAt",
       metadata ->> 'pageId' AS "pageId"
     FROM documents WHERE workspace_id = $1 AND id = $2`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

/**
 * Makes a document and a job that indexes it.
 * @returns its id
 * @throws {ContentError} with field `title`, `content` or `sourceUri`
 */
export async function createDocument(
  workspaceId: string,
  fields: DocumentFields,
  database: pg.Pool = pool,
): Promise<string> {
  const { title, content, sourceUri } = checked(fields);
  const id = randomUUID();
  await contentTransaction(database, workspaceId, [id], async ({ client, index }) => {
    await client.query(
      "INSERT INTO documents (id, workspace_id, title, content, source_uri) VALUES ($1, $2, $3, $4, $5)",
      [id, workspaceId, title, content, sourceUri],
    );
    await index("documents", [id]);
  });
  return id;
}

/**
 * Changes a document.
 * @param opened the `updatedAt` of the document when the form was opened; left out: whatever is there is overwritten
 * @returns false where the workspace has no such document, or it is the section of a page
 * @throws {ContentError} with field `title`, `content` or `sourceUri`
 * @throws {EditConflictError} where the document was changed since `opened`: then nothing is written
 */
export async function updateDocument(
  workspaceId: string,
  id: string,
  fields: DocumentFields,
  opened?: Date,
  database: pg.Pool = pool,
): Promise<boolean> {
  const { title, content, sourceUri } = checked(fields);
  if (!isUuid(id)) return false;
  return await contentTransaction(database, workspaceId, [id], async ({ client, index }) => {
    const { rows } = await client.query<Omit<DocumentView, "id" | "pageId">>(
      `SELECT title, content, source_uri AS "sourceUri", updated_at AS "updatedAt" FROM documents
       WHERE workspace_id = $1 AND id = $2 AND NOT metadata ? 'pageId' FOR NO KEY UPDATE`,
      [workspaceId, id],
    );
    const [there] = rows;
    if (there === undefined) return false;
    await checkOpened(opened, there.updatedAt, () => [
      { label: "Title", text: there.title },
      { label: "Source", text: there.sourceUri ?? "" },
      { label: "Text", text: there.content },
    ]);
    await client.query(
      `UPDATE documents SET title = $2, content = $3, source_uri = $4, updated_at = ${nextVersion("updated_at")}
       WHERE id = $1`,
      [id, title, content, sourceUri],
    );
    await index("documents", [id]);
    return true;
  });
}

/** Removes a document and its embedding. @returns false as {@link updateDocument} */
export async function deleteDocument(
  workspaceId: string,
  id: string,
  database: pg.Pool = pool,
): Promise<boolean> {
  if (!isUuid(id)) return false;
  return await contentTransaction(database, workspaceId, [id], async ({ client }) => {
    const { rowCount } = await client.query(
      "DELETE FROM documents WHERE workspace_id = $1 AND id = $2 AND NOT metadata ? 'pageId'",
      [workspaceId, id],
    );
    return rowCount === 1;
  });
}

function checked({ title, content, sourceUri }: DocumentFields) {
  const source = (sourceUri ?? "").trim();
  const text = textField("content", content);
  if (text.trim() === "") throw new ContentError("content", "Please enter the text of the document.");
  return {
    title: titleField("title", title),
    content: text,
    sourceUri: source === "" ? null : titleField("sourceUri", source),
  };
}
