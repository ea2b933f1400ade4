import type pg from "pg";
import { pool } from "../../db.server.ts";
import type { PageListItem } from "./pages.server.ts";

/** A page in a list of those that stand under the same one. */
export interface PageInLevel extends PageListItem {
  /** How many pages stand right under it. */
  readonly pagesUnder: number;
}

export interface PageLevel {
  readonly pages: readonly PageInLevel[];
  /** How many there are in all; null where the part is empty, because it begins after the last. */
  readonly count: number | null;
}

/** Of a longer way from the top to a page only the end is shown. */
export const MOST_ABOVE = 30;

/**
 * Pages of a workspace by title, without their texts.
 * @param part at most `limit` of them (default 100)
 */
export async function listPages(
  workspaceId: string,
  { limit = 100 }: { limit?: number } = {},
  database: pg.Pool = pool,
): Promise<PageListItem[]> {
  const { rows } = await database.query<PageListItem>(
    `SELECT id, parent_id AS "parentId", title, updated_at AS "updatedAt" FROM pages
     WHERE workspace_id = $1 ORDER BY lower(title), created_at, id LIMIT $2`,
    [workspaceId, limit],
  );
  return rows;
}

/** What makes numbers in titles sort by their size: each is filled up with zeros to twelve digits. */
const TITLE_ORDER = String.raw`regexp_replace(
  regexp_replace(lower(p.title), '(\d+)', '00000000000\1', 'g'), '\d*(\d{12})(?!\d)', '\1', 'g')`;

const UNDER = "p.parent_id = $2";
/** Also pages that none at the top leads to: each in a circle, or under a page of another workspace. */
const AT_THE_TOP = "$2::uuid IS NULL AND (p.parent_id IS NULL OR p.id NOT IN (SELECT id FROM led_to))";

/**
 * The pages right under a page, by title.
 * @param parentId null: those at the top
 * @param part `limit` of them (default 100) after the first `offset`
 */
export async function listPagesUnder(
  workspaceId: string,
  parentId: string | null,
  { offset = 0, limit = 100 }: { offset?: number; limit?: number } = {},
  database: pg.Pool = pool,
): Promise<PageLevel> {
  // What is under each is counted outside: for this part alone. `led_to` is not run where nothing asks for it.
  const { rows } = await database.query<PageInLevel & { count: number }>(
    `WITH RECURSIVE led_to AS (
       SELECT id FROM pages WHERE workspace_id = $1 AND parent_id IS NULL
       UNION ALL
       SELECT c.id FROM pages c JOIN led_to ON c.parent_id = led_to.id WHERE c.workspace_id = $1
     ), level AS MATERIALIZED (
       SELECT p.id, p.parent_id, p.title, p.updated_at,
         row_number() OVER (ORDER BY ${TITLE_ORDER}, p.created_at, p.id) AS place,
         count(*) OVER ()::int AS count
       FROM pages p WHERE p.workspace_id = $1 AND ${parentId === null ? AT_THE_TOP : UNDER}
       ORDER BY place LIMIT $3 OFFSET $4
     )
     SELECT id, parent_id AS "parentId", title, updated_at AS "updatedAt", count,
       (SELECT count(*)::int FROM pages c WHERE c.workspace_id = $1 AND c.parent_id = level.id) AS "pagesUnder"
     FROM level ORDER BY place`,
    [workspaceId, parentId, limit, offset],
  );
  return { pages: rows.map(({ count: _, ...page }) => page), count: rows[0]?.count ?? null };
}

/**
 * The pages from the top down to a page, itself the last; of a longer way the last {@link MOST_ABOVE} and the page.
 * Empty where the workspace has no such page.
 */
export async function wayToPage(
  workspaceId: string,
  id: string,
  database: pg.Pool = pool,
): Promise<PageListItem[]> {
  const { rows } = await database.query<PageListItem>(
    `WITH RECURSIVE way AS (
       SELECT id, parent_id, title, updated_at, 0 AS steps FROM pages WHERE workspace_id = $1 AND id = $2
       UNION ALL
       SELECT p.id, p.parent_id, p.title, p.updated_at, steps + 1
       FROM way JOIN pages p ON p.id = way.parent_id WHERE p.workspace_id = $1 AND steps < $3
     )
     SELECT id, parent_id AS "parentId", title, updated_at AS "updatedAt" FROM way ORDER BY steps`,
    [workspaceId, id, MOST_ABOVE],
  );
  const again = rows.findIndex((row, place) => rows.findIndex((other) => other.id === row.id) < place);
  return rows.slice(0, again === -1 ? undefined : again).reverse();
}
