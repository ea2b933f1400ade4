import type pg from "pg";
import { storableJson } from "../embeddings/storable-json.ts";
import type { MarkdownBlock } from "../import/markdown-page.ts";
import { nextVersion } from "./edit-version.ts";
import { matchBlocks, type StoredBlock } from "./match-blocks.ts";
import { type BlockRow, blockOf, type PageContent } from "./page-content.ts";

/** A page with its text, and what is read from that. */
export interface PageToWrite {
  readonly id: string;
  readonly parentId: string | null;
  readonly title: string;
  readonly content: PageContent;
  readonly blocks: readonly MarkdownBlock[];
}

/** Pages whose rows are sent in one statement. */
const PAGES_PER_STATEMENT = 100;

/**
 * Writes pages and their blocks in the transaction of `client`, new or over those that are there; parents come before
 * their children. Blocks keep their ids as far as they are the same. The embeddings of a block that is gone go with it;
 * those of the pages stay until they are indexed.
 * @returns how many blocks the pages have
 */
export async function writePages(
  client: pg.ClientBase,
  workspaceId: string,
  pages: readonly PageToWrite[],
): Promise<number> {
  let blocks = 0;
  for (let from = 0; from < pages.length; from += PAGES_PER_STATEMENT) {
    const some = pages.slice(from, from + PAGES_PER_STATEMENT);
    await upsertPages(client, workspaceId, some);
    blocks += await replaceBlocks(client, some);
  }
  return blocks;
}

async function upsertPages(
  client: pg.ClientBase,
  workspaceId: string,
  pages: readonly PageToWrite[],
): Promise<void> {
  const records = pages.map(({ id, parentId, title, content }) => ({
    id,
    parent_id: parentId,
    title,
    content,
  }));
  await client.query(
    `INSERT INTO pages AS p (id, workspace_id, parent_id, title, content)
     SELECT id, $1, parent_id, title, content
     FROM json_to_recordset($2::json) AS r(id uuid, parent_id uuid, title text, content jsonb)
     ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id, title = excluded.title,
       content = excluded.content, updated_at = ${nextVersion("p.updated_at")}
     WHERE p.workspace_id = excluded.workspace_id`,
    [workspaceId, storableJson(records)],
  );
}

interface BlockRecord {
  readonly id: string;
  readonly page_id: string;
  readonly type: string;
  readonly content: object;
  readonly position: number;
}

async function replaceBlocks(client: pg.ClientBase, pages: readonly PageToWrite[]): Promise<number> {
  const pageIds = pages.map(({ id }) => id);
  const { rows } = await client.query<BlockRow & { page_id: string; position: number }>(
    `SELECT id, page_id, type, content, position FROM blocks
     WHERE page_id = ANY ($1::uuid[]) ORDER BY page_id, position, id`,
    [pageIds],
  );
  const before = new Map<string, StoredBlock[]>(pageIds.map((id) => [id, []]));
  for (const row of rows) before.get(row.page_id)?.push(blockOf(row));
  const known = new Map(
    rows.map((row) => [row.id, JSON.stringify([row.position, comparable(blockOf(row))])]),
  );
  const records = pages.flatMap((page) =>
    matchBlocks(page.id, before.get(page.id) ?? [], page.blocks).map(
      ({ id, type, ...content }, position): BlockRecord => ({
        id,
        page_id: page.id,
        type,
        content,
        position,
      }),
    ),
  );
  const kept = new Set(records.map(({ id }) => id));
  const gone = rows.map(({ id }) => id).filter((id) => !kept.has(id));
  await deleteBlocks(client, gone);
  const changed = records.filter(
    (record) => known.get(record.id) !== JSON.stringify([record.position, comparable(blockOf(record))]),
  );
  if (changed.length > 0) {
    await client.query(
      `INSERT INTO blocks (id, page_id, type, content, position)
       SELECT id, page_id, type, content, position
       FROM json_to_recordset($1::json) AS r(id uuid, page_id uuid, type text, content jsonb, position integer)
       ON CONFLICT (id) DO UPDATE SET type = excluded.type, content = excluded.content,
         position = excluded.position, updated_at = now()`,
      [storableJson(changed)],
    );
  }
  return records.length;
}

function comparable({ type, text, level, language, depth }: StoredBlock): unknown[] {
  return [type, text, level ?? null, language ?? null, depth ?? null];
}

/** Removes blocks and their embeddings. */
export async function deleteBlocks(client: pg.ClientBase, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await client.query("DELETE FROM block_embeddings WHERE block_id = ANY ($1::uuid[])", [ids]);
  await client.query("DELETE FROM blocks WHERE id = ANY ($1::uuid[])", [ids]);
}
