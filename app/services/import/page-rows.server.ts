import type pg from "pg";
import { storableJson } from "../embeddings/storable-json.ts";
import type { PagePlace } from "./page-tree.ts";

/** The workspace of this name, made with the given id where there is none. */
export async function ensureWorkspace(database: pg.Pool, name: string, id: string): Promise<string> {
  const { rows } = await database.query<{ id: string }>(
    "SELECT id FROM workspaces WHERE name = $1 ORDER BY created_at, id LIMIT 1",
    [name],
  );
  if (rows[0] !== undefined) return rows[0].id;
  await database.query("INSERT INTO workspaces (id, name) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING", [
    id,
    name,
  ]);
  return id;
}

/** What a page says of its import. */
export interface ImportedPage {
  /** Of a complete import, with the embeddings. */
  readonly hash: string | null;
  /** SHA-256 of the file. */
  readonly file: string | null;
  /** Whether somebody changed the page since. */
  readonly edited: boolean;
}

/** The pages of a workspace that were imported, by their id. */
export async function importedPages(
  database: Pick<pg.ClientBase, "query">,
  workspaceId: string,
): Promise<Map<string, ImportedPage>> {
  const { rows } = await database.query<ImportedPage & { id: string }>(
    `SELECT id, content ->> 'hash' AS hash, content ->> 'file' AS file, content @> '{"edited": true}' AS edited
     FROM pages WHERE workspace_id = $1 AND content ?| '{hash,file}'`,
    [workspaceId],
  );
  return new Map(rows.map(({ id, ...page }) => [id, page]));
}

/**
 * The versions of pages, by their id; none of those that are not there. Another version has another text.
 * @param lock what keeps them from being changed until the transaction ends
 */
export async function pageVersions(
  database: Pick<pg.ClientBase, "query">,
  ids: readonly string[],
  lock: "" | "FOR NO KEY UPDATE" = "",
): Promise<Map<string, string>> {
  const { rows } = await database.query<{ id: string; version: string }>(
    `SELECT id, updated_at::text AS version FROM pages WHERE id = ANY ($1::uuid[]) ORDER BY id ${lock}`,
    [ids],
  );
  return new Map(rows.map(({ id, version }) => [id, version]));
}

/** Makes the pages that are not there yet, without content, parents first. */
export async function insertMissingPages(
  database: Pick<pg.ClientBase, "query">,
  workspaceId: string,
  places: readonly PagePlace[],
): Promise<void> {
  const records = places.map(({ id, parentId, fallbackTitle, path }) => ({
    id,
    parent_id: parentId,
    title: fallbackTitle,
    content: { source: path },
  }));
  await database.query(
    `INSERT INTO pages (id, workspace_id, parent_id, title, content)
     SELECT id, $1, parent_id, title, content
     FROM json_to_recordset($2::json) AS r(id uuid, parent_id uuid, title text, content jsonb)
     ON CONFLICT (id) DO NOTHING`,
    [workspaceId, storableJson(records)],
  );
}
