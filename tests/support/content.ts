import { randomUUID } from "node:crypto";
import pg from "pg";
import { whenEnded } from "./ended-connections.ts";
import { test as base, type TestDatabase } from "./test.ts";
import { type WordProvider, wordProvider } from "./word-provider.ts";

/** Tests of what people write and how it is indexed: a database at the baseline with two workspaces. */
export const test = base
  .extend("through", "init")
  .extend("pool", async ({ database }, { onCleanup }) => {
    const pool = new pg.Pool({ connectionString: database.url, max: database.kind === "server" ? 8 : 2 });
    const ended = whenEnded(pool);
    onCleanup(async () => {
      await pool.end();
      await ended();
    });
    return pool;
  })
  .extend("workspace", async ({ database }) => await addWorkspace(database))
  .extend("elsewhere", async ({ database }) => await addWorkspace(database))
  .extend("provider", async ({ task: _ }): Promise<WordProvider> => wordProvider());

async function addWorkspace(database: TestDatabase): Promise<string> {
  const id = randomUUID();
  await database.query("INSERT INTO workspaces (id, name) VALUES ($1, 'Workspace')", [id]);
  return id;
}

/** A row of an embedding table as a test looks at it; `version` changes with every write of the row. */
export interface StoredRow {
  readonly id: string;
  readonly text: string;
  readonly embedding: string | null;
  readonly version: string;
}

/** All rows of an embedding table, in the order of their chunks. */
export async function storedRows(
  database: TestDatabase,
  table: "page_embeddings" | "block_embeddings" | "database_row_embeddings" | "documents",
): Promise<StoredRow[]> {
  const text = table === "documents" ? "content" : "chunk_text";
  const order = table === "documents" ? "title, id" : "chunk_index, id";
  return await database.query<StoredRow>(
    `SELECT id, ${text} AS text, embedding::text AS embedding, xmin::text || ' ' || ctid::text AS version
     FROM ${table} ORDER BY ${order}`,
  );
}

/** The texts of an embedding table. */
export async function storedTexts(
  database: TestDatabase,
  table: Parameters<typeof storedRows>[1],
): Promise<string[]> {
  return (await storedRows(database, table)).map(({ text }) => text);
}

/** All links between pages, as `title > title`. */
export async function pageLinks(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ link: string }>(
    `SELECT s.title || ' > ' || t.title AS link FROM page_links l
     JOIN pages s ON s.id = l.source_page_id JOIN pages t ON t.id = l.target_page_id ORDER BY 1`,
  );
  return rows.map(({ link }) => link);
}

/** How many jobs there are in each state, of those that index. */
export async function jobStates(database: TestDatabase): Promise<Record<string, number>> {
  const rows = await database.query<{ state: string; count: number }>(
    "SELECT state::text, count(*)::int AS count FROM pgboss.job WHERE name = 'indexing' GROUP BY state",
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

/** A paragraph that is a chunk of its own, and a block of its own. */
export const paragraph = (word: string) => `${word} `.repeat(300 / (word.length + 1)).trim();
