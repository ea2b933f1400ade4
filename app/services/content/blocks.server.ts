import type pg from "pg";
import { pool } from "../../db.server.ts";
import { isUuid } from "../embeddings/uuid.ts";
import { ContentError } from "./content-error.ts";
import { textField } from "./content-fields.ts";
import { editBlock } from "./edit-block.ts";
import { markdownOf } from "./page-content.ts";
import { readPage, updatePage } from "./pages.server.ts";

/** How often a page may be changed by others while one of its blocks is. */
const MAX_ATTEMPTS = 5;

/**
 * Replaces the text of one block in its page, which is indexed again. The block keeps its id.
 * @param fields the text without markup
 * @returns false where the workspace has no such block
 * @throws {ContentError} with field `text`
 */
export async function updateBlock(
  workspaceId: string,
  blockId: string,
  { text: given }: { text: string },
  database: pg.Pool = pool,
): Promise<boolean> {
  const text = textField("text", given);
  if (text.trim() === "") throw new ContentError("text", "Please enter a text, or delete the block.");
  return await changeBlock(workspaceId, blockId, text, database);
}

/** Takes one block out of its page, which is indexed again. @returns false where the workspace has no such block */
export async function deleteBlock(
  workspaceId: string,
  blockId: string,
  database: pg.Pool = pool,
): Promise<boolean> {
  return await changeBlock(workspaceId, blockId, null, database);
}

async function changeBlock(
  workspaceId: string,
  blockId: string,
  text: string | null,
  database: pg.Pool,
): Promise<boolean> {
  if (!isUuid(blockId)) return false;
  for (let attempt = 1; ; attempt++) {
    const { rows } = await database.query<{ pageId: string }>(
      `SELECT p.id AS "pageId" FROM blocks b JOIN pages p ON p.id = b.page_id
       WHERE p.workspace_id = $1 AND b.id = $2`,
      [workspaceId, blockId],
    );
    const page = rows[0] === undefined ? null : await readPage(workspaceId, rows[0].pageId, database);
    const index = page?.blocks.findIndex(({ id }) => id === blockId) ?? -1;
    if (page === null || index < 0) return false;
    // Where the text was written by other means than the blocks, the blocks are what people see.
    const markdown =
      editBlock(page.markdown, index, text) ?? editBlock(markdownOf({}, page.blocks), index, text);
    if (markdown === null) {
      throw new ContentError("text", "This text cannot be kept in one block: edit the page instead.");
    }
    try {
      return await updatePage(
        workspaceId,
        page.id,
        { title: page.title, markdown },
        page.updatedAt,
        database,
      );
    } catch (error) {
      const changed = error instanceof Error && error.name === "EditConflictError";
      if (!changed || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}
