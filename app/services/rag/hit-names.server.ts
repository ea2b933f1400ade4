import type { Database } from "../../db.server.ts";

/**
 * What a reader calls the things behind a list of hits, by their id: the title of a page, the name of a row
 * (its property `name` or `title`, else its database's), the name of a workspace. One query; an id that is not there has no entry.
 */
export async function readHitNames(
  ids: { pages: readonly string[]; rows: readonly string[]; workspaces: readonly string[] },
  db: Database,
): Promise<Map<string, string>> {
  if (ids.pages.length + ids.rows.length + ids.workspaces.length === 0) return new Map();
  const { rows } = await db.query<{ id: string; name: string }>(
    `SELECT id, title AS name FROM pages WHERE id = ANY ($1::uuid[])
     UNION ALL
     SELECT r.id, coalesce(r.properties ->> 'name', r.properties ->> 'title', d.name)
     FROM database_rows r JOIN databases d ON d.id = r.database_id WHERE r.id = ANY ($2::uuid[])
     UNION ALL
     SELECT id, name FROM workspaces WHERE id = ANY ($3::uuid[])`,
    [ids.pages, ids.rows, ids.workspaces],
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}
