/** A workspace with more pages is shown level by level, and not offered whole as a list to choose from. */
export const OUTLINED_AT_MOST = 200;

/** What the outline needs of a page; it is kept with what else is known of it. */
interface OutlinedPage {
  readonly id: string;
  readonly parentId: string | null;
  readonly title: string;
}

export interface OutlineNode<Page> {
  readonly page: Page;
  readonly children: readonly OutlineNode<Page>[];
}

/**
 * The pages of a workspace under their parents, by title. A page whose parent is not there stands at the top, and so
 * does one of a circle of pages that are each other's parents.
 */
export function pageOutline<Page extends OutlinedPage>(pages: readonly Page[]): OutlineNode<Page>[] {
  const sorted = [...pages].sort(byTitle);
  const known = new Set(pages.map(({ id }) => id));
  const under = new Map<string | null, Page[]>();
  for (const page of sorted) {
    const parentId = page.parentId !== null && known.has(page.parentId) ? page.parentId : null;
    under.set(parentId, [...(under.get(parentId) ?? []), page]);
  }
  const placed = new Set<string>();
  const node = (page: Page): OutlineNode<Page> => {
    placed.add(page.id);
    const children = (under.get(page.id) ?? []).filter(({ id }) => !placed.has(id));
    return { page, children: children.map(node) };
  };
  const top = (under.get(null) ?? []).map(node);
  const circles = sorted.flatMap((page) => (placed.has(page.id) ? [] : [node(page)]));
  return [...top, ...circles];
}

const COLLATOR = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

function byTitle(a: OutlinedPage, b: OutlinedPage): number {
  return COLLATOR.compare(a.title, b.title) || (a.id < b.id ? -1 : 1);
}
