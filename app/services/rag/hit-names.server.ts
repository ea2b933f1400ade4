import type { Database } from "../../db.server.ts";
import { HIT_TITLE_CHARACTERS } from "./search-sources.ts";

/**
 * What the members of a workspace call the things behind a list of hits, by their id: the title of a page, the name of
 * a row (its property `name` or `title`, else its database's). One query; an id that the workspace has not has no entry.
 */
export async function readHitNames(
  workspaceId: string,
  ids: { pages: readonly string[]; rows: readonly string[] },
  db: Database,
): Promise<Map<string, string>> {
  // To plan a part takes longer than to read it.
  const parts = [...(ids.pages.length > 0 ? [PAGES] : []), ...(ids.rows.length > 0 ? [ROWS] : [])];
  if (parts.length === 0) return new Map();
  const { rows } = await db.query<{ id: string; name: string }>(parts.join(" UNION ALL "), [
    workspaceId,
    [...ids.pages, ...ids.rows],
  ]);
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** $1 the workspace, $2 ids of its pages and rows. */
const PAGES = `
  SELECT id, left(title, ${HIT_TITLE_CHARACTERS}) AS name FROM pages WHERE id = ANY ($2::uuid[]) AND workspace_id = $1`;

const ROWS = `
  SELECT r.id, left(coalesce(r.properties ->> 'name', r.properties ->> 'title', d.name), ${HIT_TITLE_CHARACTERS}) AS name
  FROM database_rows r JOIN databases d ON d.id = r.database_id
  WHERE r.id = ANY ($2::uuid[]) AND d.workspace_id = $1`;
