import { pool } from "../../db.server.ts";
import type { MarkdownNode } from "./markdown-tree.ts";

/** Written out, because names of tables cannot be parameters. */
const STATEMENTS = {
  pages: `SELECT id, chunk_text AS text FROM page_embeddings
          WHERE workspace_id = $1 AND page_id = $2 ORDER BY chunk_index, id`,
  rows: `SELECT id, chunk_text AS text FROM database_row_embeddings
         WHERE workspace_id = $1 AND row_id = $2 ORDER BY chunk_index, id`,
} as const;

/**
 * The text of the embeddings of a page or row whose own row is not there, because its embeddings were loaded alone.
 * @param id a uuid
 * @returns null where the workspace has none
 */
export async function readEmbeddedText(
  workspaceId: string,
  type: keyof typeof STATEMENTS,
  id: string,
): Promise<MarkdownNode[] | null> {
  const { rows } = await pool.query<{ id: string; text: string }>(STATEMENTS[type], [workspaceId, id]);
  if (rows.length === 0) return null;
  return rows.map(({ id: chunkId, text }) => ({ type: "paragraph", id: chunkId, children: [text] }));
}
