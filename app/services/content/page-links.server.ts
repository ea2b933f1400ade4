import { posix } from "node:path";
import type pg from "pg";
import { isUuid } from "../embeddings/uuid.ts";
import { parseMarkdownPage } from "../import/markdown-page.ts";
import { linkTarget, possiblePageIds } from "../import/page-tree.ts";
import { titleKey, wikiTitles } from "../import/wiki-links.ts";

/** What a page's text links to. */
export interface PageLinksInText {
  /** Where the page was imported from: its relative links start there. */
  readonly source: string | undefined;
  /** Targets of its Markdown links as they stand in the text. */
  readonly links: readonly string[];
  /** The titles in its `[[…]]`. */
  readonly titles: readonly string[];
}

/** The ids of the pages that are linked, by what stands in the text; titles by their {@link titleKey}. */
export interface LinkedPages {
  readonly links: ReadonlyMap<string, string>;
  readonly titles: ReadonlyMap<string, string>;
}

type Queryable = Pick<pg.ClientBase, "query">;

const PAGE_ADDRESS = /^\/app\/pages\/([0-9a-f-]{36})(?:[/?#]|$)/i;

/** Finds the pages of a workspace to which texts link, for each text. Of pages with one title it is the oldest. */
export async function linkedPages(
  database: Queryable,
  workspaceId: string,
  texts: readonly PageLinksInText[],
): Promise<LinkedPages[]> {
  const byTitle = await pagesByTitle(
    database,
    workspaceId,
    texts.flatMap(({ titles }) => titles),
  );
  const sources = await knownSources(database, workspaceId, texts);
  return texts.map(({ source, links, titles }) => ({
    links: found(links, (link) => {
      const id = PAGE_ADDRESS.exec(link)?.[1]?.toLowerCase();
      if (id !== undefined) return sources.ids.has(id) ? id : undefined;
      const path = source === undefined ? null : linkTarget(source, link, (file) => sources.paths.has(file));
      return path === null ? undefined : sources.paths.get(path);
    }),
    titles: found(titles.map(titleKey), (key) => byTitle.get(key)),
  }));
}

function found(
  targets: readonly string[],
  pageOf: (target: string) => string | undefined,
): Map<string, string> {
  return new Map(
    targets.flatMap((target) => {
      const id = pageOf(target);
      return id === undefined ? [] : [[target, id] as const];
    }),
  );
}

async function pagesByTitle(
  database: Queryable,
  workspaceId: string,
  titles: readonly string[],
): Promise<Map<string, string>> {
  if (titles.length === 0) return new Map();
  // Compared here: what lower() makes of a letter with an accent depends on the server's locale.
  const { rows } = await database.query<{ id: string; title: string }>(
    "SELECT id, title FROM pages WHERE workspace_id = $1 ORDER BY created_at DESC, id DESC",
    [workspaceId],
  );
  return new Map(rows.map(({ id, title }) => [titleKey(title), id]));
}

/** The pages that the links of the texts can mean, by path and by id. */
async function knownSources(
  database: Queryable,
  workspaceId: string,
  texts: readonly PageLinksInText[],
): Promise<{ paths: Map<string, string>; ids: Set<string> }> {
  const candidates = new Set<string>();
  for (const { source, links } of texts) {
    for (const link of links) {
      const id = PAGE_ADDRESS.exec(link)?.[1];
      if (isUuid(id)) candidates.add(id.toLowerCase());
      else if (source !== undefined) {
        linkTarget(source, link, (path) => {
          for (const possible of possiblePageIds(workspaceId, path)) candidates.add(possible);
          return false;
        });
      }
    }
  }
  if (candidates.size === 0) return { paths: new Map(), ids: new Set() };
  const { rows } = await database.query<{ id: string; source: string | null }>(
    "SELECT id, content ->> 'source' AS source FROM pages WHERE workspace_id = $1 AND id = ANY ($2::uuid[])",
    [workspaceId, [...candidates]],
  );
  return {
    paths: new Map(rows.flatMap(({ id, source }) => (source === null ? [] : [[source, id] as const]))),
    ids: new Set(rows.map(({ id }) => id)),
  };
}

/**
 * Writes the links of pages as their texts have them now, in the transaction of `client`.
 * @param read what is known of the texts of some of them; the others are read
 * @returns how many are new
 */
export async function relinkPages(
  client: pg.ClientBase,
  workspaceId: string,
  pageIds: readonly string[],
  read: ReadonlyMap<string, PageLinksInText> = new Map(),
): Promise<number> {
  const unread = pageIds.filter((id) => !read.has(id));
  const texts = new Map([...(await readTexts(client, workspaceId, unread)), ...read]);
  if (texts.size === 0) return 0;
  const targets = await linkedPages(client, workspaceId, [...texts.values()]);
  const links = [...texts.keys()].flatMap((id, index) => {
    const { links: byLink, titles } = targets[index] as LinkedPages;
    const distinct = new Set([...byLink.values(), ...titles.values()]);
    distinct.delete(id);
    return [...distinct].map((target) => ({ source: id, target }));
  });
  return await replaceLinks(client, [...texts.keys()], links);
}

async function readTexts(
  client: pg.ClientBase,
  workspaceId: string,
  pageIds: readonly string[],
): Promise<Map<string, PageLinksInText>> {
  if (pageIds.length === 0) return new Map();
  const { rows } = await client.query<{ id: string; source: string | null; markdown: string | null }>(
    `SELECT id, content ->> 'source' AS source, content ->> 'markdown' AS markdown FROM pages
     WHERE workspace_id = $1 AND id = ANY ($2::uuid[])`,
    [workspaceId, pageIds],
  );
  return new Map(
    rows.map(({ id, source, markdown }) => {
      const { links, titles } = parseMarkdownPage(markdown ?? "");
      return [id, { source: source ?? undefined, links, titles }];
    }),
  );
}

async function replaceLinks(
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

/**
 * The pages whose texts name one of these titles in `[[…]]`, or link to a file of one of these names: their links can
 * change when such a page comes or goes.
 * @param files paths; only the names count
 */
export async function pagesThatMention(
  client: pg.ClientBase,
  workspaceId: string,
  { titles, files = [] }: { titles: readonly string[]; files?: readonly string[] },
): Promise<string[]> {
  const keys = new Set(titles.map(titleKey));
  const names = new Set(files.map((file) => posix.basename(file)));
  const { rows } = await client.query<{ id: string; source: string | null; markdown: string }>(
    `SELECT id, content ->> 'source' AS source, content ->> 'markdown' AS markdown FROM pages
     WHERE workspace_id = $1
       AND (content ->> 'markdown' LIKE '%[[%' OR ($2 AND content ? 'source' AND content ->> 'markdown' LIKE '%](%'))`,
    [workspaceId, names.size > 0],
  );
  return rows
    .filter(
      ({ source, markdown }) =>
        wikiTitles(markdown.replace(/\s*\n\s*/g, " ")).some((title) => keys.has(titleKey(title))) ||
        (source !== null && fileNames(markdown).some((name) => names.has(name))),
    )
    .map(({ id }) => id);
}

/** The last parts of the targets of links in a text, as far as they can be seen without reading it as Markdown. */
function fileNames(markdown: string): string[] {
  return [...markdown.matchAll(/\]\(<?([^)\s>#?]+)/g)].map((match) => posix.basename(match[1] ?? ""));
}
