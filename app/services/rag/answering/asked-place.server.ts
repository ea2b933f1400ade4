import type { Database } from "../../../db.server.ts";

/** What a question is asked about. */
export interface AskedPlace {
  readonly pageId: string;
  readonly title: string;
  /** The block of the page, where the question is about one. */
  readonly blockId: string | null;
}

/** The workspace has no such page or block; whether another one has is nobody's business. */
export class AskedPlaceMissingError extends Error {
  override readonly name = "AskedPlaceMissingError";
  readonly field: "page" | "block";

  constructor(field: "page" | "block") {
    super(`There is no ${field} with this id in the workspace.`);
    this.field = field;
  }
}

/**
 * The page that a question is about, or the block with its page; null where it is about the whole workspace. Of a page
 * that was filled with COPY there may be only the embedded text.
 *
 * @param ids uuids. @throws AskedPlaceMissingError also for a block that is on another page than the one given.
 */
export async function readAskedPlace(
  workspaceId: string,
  ids: { readonly pageId?: string | undefined; readonly blockId?: string | undefined },
  db: Database,
): Promise<AskedPlace | null> {
  const { pageId, blockId } = ids;
  if (pageId === undefined && blockId === undefined) return null;
  const { rows } = await db.query<{ id: string; title: string }>(
    blockId === undefined
      ? `SELECT id, title FROM pages WHERE workspace_id = $1 AND id = $2::uuid
         UNION ALL
         (SELECT page_id, '' FROM page_embeddings WHERE workspace_id = $1 AND page_id = $2::uuid LIMIT 1)`
      : `SELECT p.id, p.title FROM pages p JOIN blocks b ON b.page_id = p.id
         WHERE p.workspace_id = $1 AND p.id = coalesce($2::uuid, p.id) AND b.id = $3::uuid`,
    blockId === undefined ? [workspaceId, pageId] : [workspaceId, pageId ?? null, blockId],
  );
  const [page] = rows;
  if (page === undefined) throw new AskedPlaceMissingError(blockId === undefined ? "page" : "block");
  return { pageId: page.id, title: page.title, blockId: blockId ?? null };
}
