import { listPages } from "../content/page-lists.server.ts";
import { likelyParents, pageNames } from "../content/page-names.server.ts";
import type { PageFormValues } from "../forms/page-fields.server.ts";
import { OUTLINED_AT_MOST } from "./page-outline.ts";
import { type PossibleParent, possibleParents } from "./possible-parents.ts";

/** How the page above another one is chosen: from all of them, or by its name where they are too many for a list. */
export type ParentChoice =
  | { readonly pages: readonly PossibleParent[] }
  /** Names that are suggested; others can be written too. */
  | { readonly names: readonly string[] };

interface ParentToChoose {
  readonly parents: ParentChoice;
  /** How the form begins. */
  readonly values: Pick<PageFormValues, "parentId" | "parent">;
}

const SUGGESTED_NAMES = 200;

/**
 * What the form of a page offers as the page above it.
 * @param pageId of the page that is edited: neither it nor what is under it is offered
 * @param parentId of the page that is above it now; empty: it is at the top
 */
export async function readParentChoice(
  workspaceId: string,
  { pageId, parentId }: { pageId?: string; parentId: string },
): Promise<ParentToChoose> {
  const pages = await listPages(workspaceId, { limit: OUTLINED_AT_MOST + 1 });
  if (pages.length <= OUTLINED_AT_MOST) {
    return { parents: { pages: possibleParents(pages, pageId) }, values: { parentId, parent: null } };
  }
  const [suggested, [above]] = await Promise.all([
    likelyParents(workspaceId, { limit: SUGGESTED_NAMES, without: pageId ?? null }),
    pageNames(workspaceId, [parentId]),
  ]);
  const name = above?.name ?? "";
  return {
    parents: { names: suggested.map((page) => page.name) },
    values: { parentId: above?.id ?? "", parent: { name, was: name } },
  };
}
