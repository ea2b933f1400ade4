import { type Database, pool } from "../../db.server.ts";
import type { WalkedPage } from "./graph-sql.ts";
import { expandHits, type RelatedPages, relatedPages } from "./knowledge-graph.server.ts";

/** What the view of a page shows of the pages around it. */
export interface PageSurroundings {
  readonly related: RelatedPages;
  /** The page and those up to two steps from it; empty where the page is no more than its embedded text. */
  readonly nodes: readonly WalkedPage[];
}

/** As many as a small picture can show apart. */
const PICTURED = 24;
const LISTED = 5;

/** Reads what stands around a page of a workspace. @param pageId a uuid. @throws what `relatedPages` throws. */
export async function readPageSurroundings(
  workspaceId: string,
  pageId: string,
  db: Database = pool,
): Promise<PageSurroundings> {
  const [related, { nodes }] = await Promise.all([
    relatedPages(workspaceId, pageId, LISTED, db),
    expandHits(workspaceId, [{ pageId, similarity: 1 }], { depth: 2, limit: PICTURED }, db),
  ]);
  return { related, nodes };
}
