import { randomUUID } from "node:crypto";
import type pg from "pg";
import { pool } from "../../db.server.ts";
import { isUuid } from "../embeddings/uuid.ts";
import { parseMarkdownPage } from "../import/markdown-page.ts";
import { ContentError } from "./content-error.ts";
import { textField, titleField } from "./content-fields.ts";
import { type ContentWriter, contentTransaction } from "./content-transaction.server.ts";
import { checkOpened } from "./edit-version.ts";
import { type BlockRow, blockOf, markdownOf, type PageContent } from "./page-content.ts";
import { type LinkedPages, linkedPages, pagesThatMention, relinkPages } from "./page-links.server.ts";
import { deleteBlocks, writePages } from "./write-pages.server.ts";

export interface PageListItem {
  readonly id: string;
  readonly parentId: string | null;
  readonly title: string;
  readonly updatedAt: Date;
}

export interface PageView extends PageListItem {
  readonly markdown: string;
  /** In the order of the text. */
  readonly blocks: readonly ReturnType<typeof blockOf>[];
  /** Path of the file that it was imported from. */
  readonly origin: string | null;
  /** The pages of the workspace that the text links to. */
  readonly linked: LinkedPages;
}

export interface PageFields {
  title: string;
  markdown: string;
  /** Of the page above it. Left out: at the top for a new page, where it is for an old one. Null: at the top. */
  parentId?: string | null | undefined;
}

/** A page with its text; null where the workspace has no such page. */
export async function readPage(
  workspaceId: string,
  id: string,
  database: pg.Pool = pool,
): Promise<PageView | null> {
  const page = await pageRow(database, workspaceId, id);
  if (page === null) return null;
  const { content, ...listed } = page;
  const blocks = await blocksOf(database, id);
  const markdown = markdownOf(content, blocks);
  const { links, titles } = parseMarkdownPage(markdown);
  const [linked] = await linkedPages(database, workspaceId, [{ source: content.source, links, titles }]);
  return { ...listed, markdown, blocks, origin: content.source ?? null, linked: linked as LinkedPages };
}

/**
 * Makes a page, its blocks and links, and a job that indexes it.
 * @returns its id
 * @throws {ContentError} with field `title`, `markdown` or `parentId`
 */
export async function createPage(
  workspaceId: string,
  { title: givenTitle, markdown: givenText, parentId = null }: PageFields,
  database: pg.Pool = pool,
): Promise<string> {
  const title = titleField("title", givenTitle);
  const markdown = textField("markdown", givenText);
  const id = randomUUID();
  await contentTransaction(database, workspaceId, [workspaceId, id], async (writer) => {
    await checkParent(writer.client, workspaceId, id, parentId);
    const content = { format: "markdown", markdown } as const;
    const { blocks } = parseMarkdownPage(markdown);
    await writePages(writer.client, workspaceId, [{ id, parentId, title, content, blocks }]);
    await relink(writer, workspaceId, [id], [title]);
    await writer.index("pages", [id]);
  });
  return id;
}

/**
 * Changes a page. Blocks that stay the same keep their ids.
 * @param opened the `updatedAt` of the page when the form was opened; left out: whatever is there is overwritten
 * @returns false where the workspace has no such page
 * @throws {ContentError} with field `title`, `markdown` or `parentId`
 * @throws {EditConflictError} where the page was changed since `opened`: then nothing is written
 */
export async function updatePage(
  workspaceId: string,
  id: string,
  { title: givenTitle, markdown: givenText, parentId: givenParent }: PageFields,
  opened?: Date,
  database: pg.Pool = pool,
): Promise<boolean> {
  const title = titleField("title", givenTitle);
  const markdown = textField("markdown", givenText);
  if (!isUuid(id)) return false;
  return await contentTransaction(database, workspaceId, [workspaceId, id], async (writer) => {
    const page = await pageRow(writer.client, workspaceId, id);
    if (page === null) return false;
    await checkOpened(opened, page.updatedAt, async () => [
      { label: "Title", text: page.title },
      { label: "Text", text: markdownOf(page.content, await blocksOf(writer.client, id)) },
    ]);
    const parentId = givenParent === undefined ? page.parentId : givenParent;
    if (parentId !== page.parentId) await checkParent(writer.client, workspaceId, id, parentId);
    const edited = page.content.source !== undefined ? { edited: true } : {};
    const content: PageContent = { ...page.content, ...edited, format: "markdown", markdown };
    const { blocks } = parseMarkdownPage(markdown);
    await writePages(writer.client, workspaceId, [{ id, parentId, title, content, blocks }]);
    await relink(writer, workspaceId, [id], page.title === title ? [] : [page.title, title]);
    await writer.index("pages", [id]);
    return true;
  });
}

/**
 * Removes a page with its blocks, links, embeddings and what was derived from it. Pages under it move up to its parent.
 * @returns false where the workspace has no such page
 */
export async function deletePage(
  workspaceId: string,
  id: string,
  database: pg.Pool = pool,
): Promise<boolean> {
  if (!isUuid(id)) return false;
  return await contentTransaction(database, workspaceId, [workspaceId, id], async (writer) => {
    const { client } = writer;
    const page = await pageRow(client, workspaceId, id);
    if (page === null) return false;
    const { rows } = await client.query<{ id: string }>("SELECT id FROM blocks WHERE page_id = $1", [id]);
    await deleteBlocks(
      client,
      rows.map((block) => block.id),
    );
    await client.query("DELETE FROM block_embeddings WHERE page_id = $1", [id]);
    await client.query("DELETE FROM page_embeddings WHERE page_id = $1", [id]);
    await client.query("DELETE FROM documents WHERE workspace_id = $1 AND metadata ->> 'pageId' = $2", [
      workspaceId,
      id,
    ]);
    await client.query("UPDATE pages SET parent_id = $2 WHERE parent_id = $1", [id, page.parentId]);
    await client.query("DELETE FROM pages WHERE workspace_id = $1 AND id = $2", [workspaceId, id]);
    // Another page may have the same title: then the links mean that one from now on.
    await relink(writer, workspaceId, [], [page.title]);
    return true;
  });
}

/** Writes the links of pages, and of those whose links may mean another page now that titles came or went. */
async function relink(
  { client }: ContentWriter,
  workspaceId: string,
  pageIds: readonly string[],
  titles: readonly string[],
): Promise<void> {
  const mentioning = titles.length === 0 ? [] : await pagesThatMention(client, workspaceId, { titles });
  await relinkPages(client, workspaceId, [...new Set([...pageIds, ...mentioning])]);
}

async function blocksOf(
  database: Pick<pg.ClientBase, "query">,
  pageId: string,
): Promise<ReturnType<typeof blockOf>[]> {
  const { rows } = await database.query<BlockRow>(
    "SELECT id, type, content FROM blocks WHERE page_id = $1 ORDER BY position, id",
    [pageId],
  );
  return rows.map(blockOf);
}

async function pageRow(
  database: Pick<pg.ClientBase, "query">,
  workspaceId: string,
  id: string,
): Promise<(PageListItem & { content: PageContent }) | null> {
  if (!isUuid(id)) return null;
  const { rows } = await database.query<PageListItem & { content: PageContent }>(
    `SELECT id, parent_id AS "parentId", title, updated_at AS "updatedAt", content FROM pages
     WHERE workspace_id = $1 AND id = $2`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

async function checkParent(
  client: pg.ClientBase,
  workspaceId: string,
  id: string,
  parentId: string | null,
): Promise<void> {
  if (parentId === null) return;
  // UNION ends the walk where a circle was made by other means.
  const { rows } = await client.query<{ id: string }>(
    `WITH RECURSIVE above AS (
       SELECT id, parent_id FROM pages WHERE workspace_id = $1 AND id = $2
       UNION
       SELECT p.id, p.parent_id FROM pages p JOIN above ON p.id = above.parent_id WHERE p.workspace_id = $1
     )
     SELECT id FROM above`,
    [workspaceId, isUuid(parentId) ? parentId : null],
  );
  if (rows.length === 0) throw new ContentError("parentId", "There is no such page to put this one under.");
  if (rows.some((above) => above.id === id)) {
    throw new ContentError("parentId", "A page cannot stand under itself or under one of its own pages.");
  }
}
