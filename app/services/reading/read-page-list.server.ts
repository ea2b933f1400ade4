import { listPages, listPagesUnder, type PageLevel, wayToPage } from "../content/page-lists.server.ts";
import type { PageListItem } from "../content/pages.server.ts";
import { OUTLINED_AT_MOST, type OutlineNode, pageOutline } from "./page-outline.ts";

interface ListedUnder {
  /** From the top down to the page that the listed ones stand under; empty for the list of the workspace. */
  readonly way: readonly PageListItem[];
}

/** The pages of a workspace, each under its parent. */
interface WholeOutline extends ListedUnder {
  readonly outline: readonly OutlineNode<PageListItem>[];
  readonly count: number;
}

/**
 * What the list of pages shows: few pages as one outline, of many a part of those at the top.
 * @param under the uuid of a page: a part of those right under it, however many there are
 * @returns null where the workspace has no such page
 */
export async function readPageList(
  workspaceId: string,
  under: string | null,
  part: { offset: number; limit: number },
): Promise<WholeOutline | (PageLevel & ListedUnder) | null> {
  if (under === null) {
    const pages = await listPages(workspaceId, { limit: OUTLINED_AT_MOST + 1 });
    if (pages.length <= OUTLINED_AT_MOST)
      return { way: [], outline: pageOutline(pages), count: pages.length };
    return { way: [], ...(await listPagesUnder(workspaceId, null, part)) };
  }
  const [way, level] = await Promise.all([
    wayToPage(workspaceId, under),
    listPagesUnder(workspaceId, under, part),
  ]);
  return way.length === 0 ? null : { way, ...level };
}
