import type { LinkedPages } from "../content/page-links.server.ts";
import { listPagesUnder, wayToPage } from "../content/page-lists.server.ts";
import { type PageListItem, readPage } from "../content/pages.server.ts";
import { isUuid } from "../embeddings/uuid.ts";
import { titleKey } from "../import/wiki-links.ts";
import { headingAnchor } from "../rag/heading-anchor.ts";
import { indexingState } from "../rag/rag-indexing.server.ts";
import { readEmbeddedText } from "./embedded-text.server.ts";
import type { MarkdownNode } from "./markdown-tree.ts";
import { decodedFragment, type ResolveLink } from "./page-links.ts";
import { readMarkdown } from "./read-markdown.ts";

export type IndexingState = Awaited<ReturnType<typeof indexingState>>;

/** A page as its reader sees it. */
export interface PageToRead {
  readonly id: string;
  /** May be empty where only the page's embedded text is kept. */
  readonly title: string;
  readonly text: readonly MarkdownNode[];
  /** Path of the file that it was imported from. */
  readonly origin: string | null;
  /** Null where only its embedded text is kept: there is nothing to edit. */
  readonly updatedAt: Date | null;
  readonly indexing: IndexingState;
  /** From the top. */
  readonly above: readonly PageListItem[];
  /** The first of them, by title. */
  readonly under: readonly PageListItem[];
  /** How many are under it in all. */
  readonly countUnder: number;
}

/** More pages under a page are shown by the list of pages. */
const SHOWN_UNDER = 20;

/** A page with what stands around it; null where the workspace has no such page. @param id a uuid */
export async function readPageView(workspaceId: string, id: string): Promise<PageToRead | null> {
  const page = await readPage(workspaceId, id);
  if (page === null) return readRemains(workspaceId, id);
  const [way, under, indexing] = await Promise.all([
    wayToPage(workspaceId, id),
    listPagesUnder(workspaceId, id, { limit: SHOWN_UNDER }),
    indexingState(workspaceId, "pages", id),
  ]);
  const { title, markdown, blocks, origin, updatedAt } = page;
  const text = readMarkdown(markdown, { title, blocks, resolve: resolveIn(page.linked) });
  return {
    id,
    title,
    text,
    origin,
    updatedAt,
    indexing,
    above: way.slice(0, -1),
    under: under.pages,
    countUnder: under.count ?? 0,
  };
}

/** A page whose row is gone or never was: search finds it by its embedded text, so that can be read. */
async function readRemains(workspaceId: string, id: string): Promise<PageToRead | null> {
  const text = await readEmbeddedText(workspaceId, "pages", id);
  if (text === null) return null;
  const around = { above: [], under: [], countUnder: 0 };
  return { id, title: "", text, origin: null, updatedAt: null, indexing: "indexed", ...around };
}

function resolveIn({ links, titles }: LinkedPages): ResolveLink {
  return (target) => {
    if ("title" in target) return addressOf(titles.get(titleKey(target.title)), "");
    const fragment = /#(.*)$/s.exec(target.url)?.[1] ?? "";
    return addressOf(links.get(target.url), fragment);
  };
}

function addressOf(id: string | undefined, fragment: string): string | null {
  if (id === undefined) return null;
  const anchor = isUuid(fragment) ? fragment : headingAnchor(decodedFragment(fragment));
  return `/app/pages/${id}${anchor === "" ? "" : `#${anchor}`}`;
}
