import type pg from "pg";
import { type PageLinksInText, pagesThatMention, relinkPages } from "../content/page-links.server.ts";

/**
 * Writes the links of imported pages, and of those pages whose links waited for what was imported. Links lead to every
 * page of the workspace, also to one that was imported before.
 * @param pages all that were given, also those that did not change
 * @param fresh the titles and files of those that were written
 * @returns how many links are new
 */
export async function linkImported(
  client: pg.ClientBase,
  workspaceId: string,
  pages: readonly { readonly id: string; readonly inText: PageLinksInText }[],
  fresh: readonly { readonly title: string; readonly path: string }[],
): Promise<number> {
  const read = new Map(pages.map(({ id, inText }) => [id, inText]));
  const mentioning = await pagesThatMention(client, workspaceId, {
    titles: fresh.map(({ title }) => title),
    files: fresh.map(({ path }) => path),
  });
  return await relinkPages(client, workspaceId, [...new Set([...read.keys(), ...mentioning])], read);
}
