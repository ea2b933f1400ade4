import { type Database, pool } from "../../db.server.ts";
import { PAGE_EMBEDDINGS } from "../../embedding-tables.ts";
import { inWords } from "../embeddings/in-words.ts";
import { isUuid } from "../embeddings/uuid.ts";
import { type BesidePage, besideStatement, MAX_STARTS, type WalkedPage, walkStatement } from "./graph-sql.ts";
import { onSearchedColumn } from "./read-searched-column.server.ts";
import { checkWorkspaceId, InvalidSearchError, wholeNumber } from "./search-request.ts";

/** Most steps, and most pages, of a graph. */
const MAX_DEPTH = 4;
const MAX_NODES = 100;

/** Pages and what leads from one to the other. */
export interface PageGraph {
  /** The best score first; those it began at have depth 0. */
  readonly nodes: readonly WalkedPage[];
  readonly edges: readonly GraphEdge[];
}

/** A link between two of the pages in its direction, or the nearness by which `target` was reached from `source`. */
export interface GraphEdge {
  readonly source: string;
  readonly target: string;
  readonly kind: "link" | "similar";
}

/** A page that does not exist, or that is another workspace's: who asks is not told which. */
export class PageUnknownError extends Error {
  override readonly name = "PageUnknownError";

  constructor() {
    super("The workspace has no such page.");
  }
}

export interface GraphBounds {
  /** Most steps, 1 to 4. Default 2. */
  readonly depth?: number | undefined;
  /** Most pages, 1 to 100; those it begins at are always there. Default 30. */
  readonly limit?: number | undefined;
}

/**
 * The pages around one or several pages: those that they link to or that link to them, and those whose text is near to
 * theirs, and so on from each of these. A page's score is that of its best path: 1 at the beginning, and with every step half
 * the weight of the edge of it (1 for a link in either direction, the cosine similarity for a near page).
 *
 * @param pageIds 1 to 12 of them.
 * @throws PageUnknownError where the workspace has not all of them.
 * @throws InvalidSearchError for bounds out of range or an id that is no uuid; what `onSearchedColumn` throws.
 */
export async function pageGraph(
  workspaceId: string,
  pageIds: readonly string[],
  bounds: GraphBounds = {},
  db: Database = pool,
): Promise<PageGraph> {
  const starts = [...new Set(pageIds)].map((pageId) => ({ pageId, similarity: 1 }));
  const graph = await expandHits(workspaceId, starts, bounds, db);
  if (graph.nodes.filter(({ depth }) => depth === 0).length < starts.length) throw new PageUnknownError();
  return graph;
}

/**
 * As {@link pageGraph}, from the pages of a search's hits: each begins with the similarity of its hit as its score.
 *
 * @param hits of at most 12 pages; the best hit of a page counts. Pages that the workspace has not are left out.
 */
export async function expandHits(
  workspaceId: string,
  hits: readonly { readonly pageId: string; readonly similarity: number }[],
  bounds: GraphBounds = {},
  db: Database = pool,
): Promise<PageGraph> {
  checkWorkspaceId(workspaceId);
  if (hits.length > MAX_STARTS) {
    throw new InvalidSearchError(
      "page",
      `${hits.length} pages are given; at most ${MAX_STARTS} are allowed.`,
    );
  }
  for (const { pageId } of hits) checkPageId(pageId);
  const walk = {
    workspaceId,
    starts: hits.map(({ pageId, similarity }) => ({ pageId, score: Math.min(1, Math.max(0, similarity)) })),
    depth: checkedDepth(bounds.depth ?? 2),
    limit: Math.max(hits.length, wholeNumber("limit", bounds.limit ?? 30, MAX_NODES)),
  };
  const nodes = await onSearchedColumn(PAGE_EMBEDDINGS, db, async ({ sent, scan }) => {
    const statement = walkStatement(PAGE_EMBEDDINGS, sent, { ...walk, ...scan });
    const { rows } = await db.query<WalkedPage>(statement.text, statement.values);
    return rows;
  });
  return { nodes, edges: await edgesAmong(nodes, db) };
}

function checkPageId(pageId: unknown): void {
  if (!isUuid(pageId)) {
    throw new InvalidSearchError("page", `The page id is ${inWords(pageId)}; a uuid is needed.`);
  }
}

function checkedDepth(depth: unknown): number {
  if (typeof depth === "number" && Number.isInteger(depth) && depth >= 1 && depth <= MAX_DEPTH) return depth;
  throw new InvalidSearchError(
    "depth",
    `depth is ${inWords(depth)}; a whole number from 1 to ${MAX_DEPTH} is needed.`,
  );
}

/** All links among the pages, and the nearness that led to a page where no link stands beside it. */
async function edgesAmong(nodes: readonly WalkedPage[], db: Database): Promise<GraphEdge[]> {
  if (nodes.length < 2) return [];
  const { rows: links } = await db.query<GraphEdge>(
    `SELECT source_page_id AS source, target_page_id AS target, 'link' AS kind FROM page_links
     WHERE source_page_id = ANY ($1::uuid[]) AND target_page_id = ANY ($1::uuid[])
       AND source_page_id <> target_page_id
     ORDER BY 1, 2`,
    [nodes.map(({ id }) => id)],
  );
  const linked = new Set(
    links.flatMap(({ source, target }) => [`${source} ${target}`, `${target} ${source}`]),
  );
  const near = nodes.flatMap(({ id, via, kind }): GraphEdge[] =>
    via === null || kind !== "similar" || linked.has(`${via} ${id}`)
      ? []
      : [{ source: via, target: id, kind: "similar" }],
  );
  return [...links, ...near];
}

/** What stands beside a page, for a reader. */
export interface RelatedPages {
  readonly linksTo: LinkedPages;
  readonly linkedFrom: LinkedPages;
  /** The nearest first, without the linked ones. */
  readonly similar: readonly { readonly id: string; readonly title: string; readonly similarity: number }[];
}

export interface LinkedPages {
  /** By title. */
  readonly pages: readonly { readonly id: string; readonly title: string }[];
  /** How many there are in all. */
  readonly total: number;
}

/**
 * The pages that a page links to, those that link to it, and those whose text is near to it. Empty lists for a page
 * that the workspace has not.
 *
 * @param limit most pages of each kind, 1 to 20. @throws as {@link pageGraph}.
 */
export async function relatedPages(
  workspaceId: string,
  pageId: string,
  limit = 6,
  db: Database = pool,
): Promise<RelatedPages> {
  checkWorkspaceId(workspaceId);
  checkPageId(pageId);
  const most = wholeNumber("limit", limit, 20);
  const rows = await onSearchedColumn(PAGE_EMBEDDINGS, db, async ({ sent, scan }) => {
    const request = { workspaceId, pageId, limit: most, ...scan };
    const { text, values } = besideStatement(PAGE_EMBEDDINGS, sent, request);
    return (await db.query<BesidePage>(text, values)).rows;
  });
  const linked = (kind: BesidePage["kind"]): LinkedPages => {
    const some = rows.filter((row) => row.kind === kind);
    return { pages: some.map(({ id, title }) => ({ id, title })), total: some[0]?.total ?? 0 };
  };
  return {
    linksTo: linked("to"),
    linkedFrom: linked("from"),
    similar: rows.flatMap(({ id, title, similarity }) =>
      similarity === null ? [] : [{ id, title, similarity }],
    ),
  };
}
