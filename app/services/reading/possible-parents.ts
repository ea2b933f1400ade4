import type { PageListItem } from "../content/pages.server.ts";
import { type OutlineNode, pageOutline } from "./page-outline.ts";

/** A page that another can be put under. */
export interface PossibleParent {
  readonly id: string;
  readonly title: string;
  /** How many pages are above it. */
  readonly depth: number;
}

/**
 * The pages of a workspace in the order of their outline.
 * @param without a page that is left out with all under it, because it cannot stand under itself
 */
export function possibleParents(pages: readonly PageListItem[], without?: string): PossibleParent[] {
  const listed = (nodes: readonly OutlineNode<PageListItem>[], depth: number): PossibleParent[] =>
    nodes.flatMap(({ page: { id, title }, children }) =>
      id === without ? [] : [{ id, title, depth }, ...listed(children, depth + 1)],
    );
  return listed(pageOutline(pages), 0);
}
