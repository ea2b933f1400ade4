import { randomUUID } from "node:crypto";
import type { TestApp, TestMember } from "./app.ts";

/** A workspace with one of each thing, all of which have `mark` in their names and texts. */
export interface PlantedWorkspace {
  id: string;
  /** A word that stands nowhere else in the database. */
  mark: string;
  admin: TestMember;
  key: string;
  /** By what the addresses of routes call them. */
  ids: Readonly<Record<PlantedThing, string>>;
}

export type PlantedThing =
  | "workspace"
  | "page"
  | "otherPage"
  | "block"
  | "database"
  | "row"
  | "document"
  | "member"
  | "apiKey";

/** Call it after `openApp`; what it plants waits to be indexed. */
export async function plantWorkspace(app: TestApp): Promise<PlantedWorkspace> {
  const pages = await import("../../app/services/content/pages.server.ts");
  const databases = await import("../../app/services/content/databases.server.ts");
  const { createRow } = await import("../../app/services/content/database-rows.server.ts");
  const { createDocument } = await import("../../app/services/content/documents.server.ts");
  const mark = `quokka${randomUUID().replaceAll("-", "")}`;
  const workspace = await app.addWorkspace(`Garden ${mark}`);
  const admin = await app.addMember(workspace, { role: "admin", email: `admin-${mark}@example.com` });
  const member = await app.addMember(workspace, { email: `member-${mark}@example.com` });
  const markdown = `# Ferns\n\nFerns ${mark} like the shade of old trees, and want water every other day.\n`;
  const page = await pages.createPage(workspace, { title: `Ferns ${mark}`, markdown });
  const child = { title: `Moss ${mark}`, markdown: `Beside the [[Ferns ${mark}]].`, parentId: page };
  await pages.createPage(workspace, child);
  const otherPage = await pages.createPage(workspace, { title: `Trees ${mark}`, markdown: "" });
  const [block] = await app.query<{ id: string }>(
    "SELECT id FROM blocks WHERE page_id = $1 AND type = 'paragraph'",
    [page],
  );
  const database = await databases.createDatabase(workspace, { name: `Plants ${mark}` });
  const row = await createRow(workspace, database, { name: `Fern ${mark}`, light: "the shade of old trees" });
  const content = `How to water ferns ${mark} every other day, in the shade of old trees.`;
  const document = await createDocument(workspace, { title: `Watering ${mark}`, content, sourceUri: "" });
  const key = await app.addApiKey(workspace);
  const [apiKey] = await app.query<{ id: string }>("SELECT id FROM api_keys WHERE workspace_id = $1", [
    workspace,
  ]);
  const ids = {
    workspace,
    page,
    otherPage,
    block: block?.id ?? "",
    database,
    row: row ?? "",
    document,
    member: member.userId,
    apiKey: apiKey?.id ?? "",
  };
  return { id: workspace, mark, admin, key, ids };
}

/** Which rows of each table belong to the workspace `$1`. */
const ROWS: Readonly<Record<string, string>> = {
  workspaces: "t.id = $1",
  memberships: "t.workspace_id = $1",
  users: "EXISTS (SELECT FROM memberships m WHERE m.user_id = t.id AND m.workspace_id = $1)",
  api_keys: "t.workspace_id = $1",
  pages: "t.workspace_id = $1",
  blocks: "EXISTS (SELECT FROM pages p WHERE p.id = t.page_id AND p.workspace_id = $1)",
  page_links:
    "EXISTS (SELECT FROM pages p WHERE p.id IN (t.source_page_id, t.target_page_id) AND p.workspace_id = $1)",
  databases: "t.workspace_id = $1",
  database_rows: "EXISTS (SELECT FROM databases d WHERE d.id = t.database_id AND d.workspace_id = $1)",
  page_embeddings: "t.workspace_id = $1",
  block_embeddings: "t.workspace_id = $1",
  database_row_embeddings: "t.workspace_id = $1",
  documents: "t.workspace_id = $1",
  "pgboss.job": "t.data::text LIKE '%' || $1::uuid || '%'",
};

/** Everything in the database that belongs to a workspace, table by table. */
export async function contentsOf(app: TestApp, workspaceId: string): Promise<Record<string, string[]>> {
  const contents: Record<string, string[]> = {};
  for (const [table, belongs] of Object.entries(ROWS)) {
    const rows = await app.query<{ row: string }>(
      `SELECT t::text AS row FROM ${table} t WHERE ${belongs} ORDER BY t::text`,
      [workspaceId],
    );
    contents[table] = rows.map(({ row }) => row);
  }
  return contents;
}
