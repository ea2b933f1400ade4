import type pg from "pg";
import { pool } from "../../db.server.ts";
import { storableText } from "../embeddings/storable-json.ts";
import { isUuid } from "../embeddings/uuid.ts";
import { ContentError } from "./content-error.ts";
import { MOST_ABOVE } from "./page-lists.server.ts";

/** What a page is called where its title stands alone: by its way from the top where other pages have the same title. */
export interface NamedPage {
  readonly id: string;
  /** “Roses”, or “Pages / Beds / Roses”. */
  readonly name: string;
}

/** Characters; nobody writes a longer name, but pastes the address. */
const LONGEST_NAME = 500;
/** Pages that a message about an ambiguous name gives as examples. */
const EXAMPLES = 3;
const ADDRESS = /\/app\/pages\/([0-9a-f-]{36})(?:[/?#]|$)/i;

/** Follows the pages of `start` (id, parent_id, way) up to the top. The limit ends the walk in a circle. */
const WAYS = `
  ways AS (
    SELECT id, parent_id, way, 0 AS steps FROM start
    UNION ALL
    SELECT w.id, p.parent_id, coalesce(nullif(p.title, ''), 'Untitled page') || ' / ' || w.way, steps + 1
    FROM ways w JOIN pages p ON p.id = w.parent_id WHERE p.workspace_id = $1 AND steps < ${MOST_ABOVE}
  ), named AS (
    SELECT DISTINCT ON (id) id, 'Pages / ' || way AS name FROM ways ORDER BY id, steps DESC
  )`;

/** What pages of a workspace are called, in the order of `ids`. */
export async function pageNames(
  workspaceId: string,
  ids: readonly string[],
  database: pg.Pool = pool,
): Promise<NamedPage[]> {
  const { rows } = await database.query<NamedPage>(
    `WITH RECURSIVE start AS (
       SELECT id, parent_id, coalesce(nullif(title, ''), 'Untitled page') AS way FROM pages
       WHERE workspace_id = $1 AND id = ANY ($2::uuid[])
     ), ${WAYS}, single AS (
       SELECT lower(title) AS title FROM pages WHERE workspace_id = $1 GROUP BY 1 HAVING count(*) = 1
     )
     SELECT start.id, CASE WHEN lower(way) IN (SELECT title FROM single) THEN way ELSE name END AS name
     FROM start JOIN named USING (id) ORDER BY array_position($2::uuid[], start.id)`,
    [workspaceId, ids.filter(isUuid).map((id) => id.toLowerCase())],
  );
  return rows;
}

/**
 * Pages that others are likely to be put under: first those that have pages under them, the last edited ones first.
 * @param without a page that is left out with all under it
 */
export async function likelyParents(
  workspaceId: string,
  { limit, without = null }: { limit: number; without?: string | null },
  database: pg.Pool = pool,
): Promise<NamedPage[]> {
  // UNION ends the walk where a circle was made by other means.
  const { rows } = await database.query<{ id: string }>(
    `WITH RECURSIVE below AS (
       SELECT id FROM pages WHERE workspace_id = $1 AND id = $2
       UNION
       SELECT p.id FROM pages p JOIN below ON p.parent_id = below.id WHERE p.workspace_id = $1
     )
     SELECT id FROM pages p
     WHERE workspace_id = $1 AND title <> '' AND id NOT IN (SELECT id FROM below)
     ORDER BY id IN (SELECT parent_id FROM pages WHERE workspace_id = $1 AND parent_id IS NOT NULL) DESC,
       updated_at DESC, id
     LIMIT $3`,
    [workspaceId, without, limit],
  );
  const named = await pageNames(
    workspaceId,
    rows.map(({ id }) => id),
    database,
  );
  return named.filter(({ name }) => name.length <= LONGEST_NAME);
}

/**
 * The page that somebody means: by its title, the end of its way from the top (“Beds / Roses”) or its address. Case and
 * the number of spaces make no difference.
 * @param field of the form, for the error
 * @returns its id
 * @throws {ContentError} where there is no such page, or more than one
 */
export async function pageNamed(
  workspaceId: string,
  field: string,
  typed: string,
  database: pg.Pool = pool,
): Promise<string> {
  const name = storableText(typed).replace(/\s+/g, " ").trim();
  const inAddress = ADDRESS.exec(name)?.[1];
  // Whether there is such a page is seen when the other one is written.
  if (isUuid(inAddress)) return inAddress.toLowerCase();
  const meant = name.length > LONGEST_NAME ? [] : await pagesNamed(workspaceId, name, database);
  const [page] = meant;
  if (page === undefined) {
    throw new ContentError(
      field,
      `There is no page “${shortened(name)}”. Write the title of a page as it stands there, or paste its address.`,
    );
  }
  if (meant.length > 1) throw new ContentError(field, ambiguous(name, meant));
  return page.id;
}

async function pagesNamed(workspaceId: string, name: string, database: pg.Pool): Promise<NamedPage[]> {
  const parts = name.split(" / ");
  const titles = parts.map((_, place) => parts.slice(place).join(" / "));
  const { rows } = await database.query<NamedPage>(
    `WITH RECURSIVE start AS (
       SELECT id, parent_id, title AS way FROM pages
       WHERE workspace_id = $1 AND lower(title) IN (SELECT lower(t) FROM unnest($2::text[]) AS t)
     ), ${WAYS}
     SELECT id, name FROM named
     WHERE right(lower(' / ' || name), length(lower(' / ' || $3))) = lower(' / ' || $3)
     ORDER BY lower(name), id LIMIT $4`,
    [workspaceId, titles, name, EXAMPLES + 1],
  );
  return rows;
}

function ambiguous(name: string, meant: readonly NamedPage[]): string {
  const names = [...new Set(meant.slice(0, EXAMPLES).map((page) => page.name))];
  const count = meant.length > EXAMPLES ? `More than ${EXAMPLES}` : meant.length === 2 ? "Two" : "Three";
  const said = `${count} pages are called “${shortened(name)}”.`;
  if (names.length === 1) return `${said} Paste the address of the one that you mean.`;
  const examples = names.map((each) => `“${each}”`);
  return `${said} Say where yours stands, as in ${examples.join(" or ")}, or paste its address.`;
}

function shortened(name: string): string {
  return name.length > 80 ? `${name.slice(0, 79)}…` : name;
}
