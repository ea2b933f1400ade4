import type pg from "pg";
import { storableJson } from "../embeddings/storable-json.ts";
import type { PagePlace } from "./page-tree.ts";
import type { PlannedPage } from "./planned-page.ts";

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

/** The hashes of the pages that were imported completely, by page id. */
export async function importedHashes(database: pg.Pool, workspaceId: string): Promise<Map<string, string>> {
  const { rows } = await database.query<{ id: string; hash: string }>(
    "SELECT id, content ->> 'hash' AS hash FROM pages WHERE workspace_id = $1 AND content ? 'hash'",
    [workspaceId],
  );
  return new Map(rows.map(({ id, hash }) => [id, hash]));
}

/** Makes the pages that are not there yet, without content, parents first. */
export async function insertMissingPages(
  database: pg.Pool,
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

/**
 * Writes the content of pages and replaces their blocks, with the embeddings of blocks and sections that are no
 * longer there. The hash goes with them: a page that has it is complete.
 */
export async function writePages(
  client: pg.ClientBase,
  pages: readonly { place: PagePlace; planned: PlannedPage }[],
): Promise<void> {
  const pageIds = pages.map(({ place }) => place.id);
  const contents = pages.map(({ place, planned: { title, file, hash } }) => ({
    id: place.id,
    parent_id: place.parentId,
    title: title ?? place.fallbackTitle,
    content: { format: "markdown", source: file.path, hash, markdown: file.markdown },
  }));
  await client.query(
    `UPDATE pages SET parent_id = r.parent_id, title = r.title, content = r.content, updated_at = now()
     FROM json_to_recordset($1::json) AS r(id uuid, parent_id uuid, title text, content jsonb)
     WHERE pages.id = r.id`,
    [storableJson(contents)],
  );
  await client.query("DELETE FROM block_embeddings WHERE page_id = ANY ($1::uuid[])", [pageIds]);
  await client.query(
    `DELETE FROM documents
     WHERE workspace_id IN (SELECT workspace_id FROM pages WHERE id = ANY ($1::uuid[]))
       AND metadata ->> 'pageId' = ANY ($1::text[])`,
    [pageIds],
  );
  await client.query("DELETE FROM blocks WHERE page_id = ANY ($1::uuid[])", [pageIds]);
  const blocks = pages.flatMap(({ place, planned }) =>
    planned.blocks.map(({ id, type, ...content }, position) => ({
      id,
      page_id: place.id,
      type,
      content,
      position,
    })),
  );
  await client.query(
    `INSERT INTO blocks (id, page_id, type, content, position)
     SELECT id, page_id, type, content, position
     FROM json_to_recordset($1::json) AS r(id uuid, page_id uuid, type text, content jsonb, position integer)`,
    [storableJson(blocks)],
  );
}

/** Sets the links of the given pages, each to pages of the same workspace. @returns how many are new */
export async function replaceLinks(
  client: pg.ClientBase,
  sourceIds: readonly string[],
  links: readonly { source: string; target: string }[],
): Promise<number> {
  const sources = links.map(({ source }) => source);
  const targets = links.map(({ target }) => target);
  await client.query(
    `DELETE FROM page_links l
     WHERE source_page_id = ANY ($1::uuid[])
       AND NOT EXISTS (
         SELECT FROM unnest($2::uuid[], $3::uuid[]) AS kept(source, target)
         WHERE kept.source = l.source_page_id AND kept.target = l.target_page_id
       )`,
    [sourceIds, sources, targets],
  );
  const { rowCount } = await client.query(
    `INSERT INTO page_links (source_page_id, target_page_id)
     SELECT source, target FROM unnest($1::uuid[], $2::uuid[]) AS r(source, target)
     ON CONFLICT DO NOTHING`,
    [sources, targets],
  );
  return rowCount ?? 0;
}
