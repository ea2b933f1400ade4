import pg from "pg";
import { hashPassword } from "../../app/services/access/passwords.server.ts";
import { localProvider } from "../../app/services/embeddings/local-provider.ts";
import { importMarkdownFolder } from "../../app/services/import/import-markdown.server.ts";
import { deployThrough } from "../../app/services/prisma-migrations/apply-migration.ts";
import { startScript } from "../support/cli.ts";
import { createServerDatabase } from "../support/server-databases.ts";
import type { TestRun } from "../support/test-server.ts";
import { writeHandbook } from "./handbook.ts";

export interface HandbookDatabase {
  url: string;
  /** One connection. */
  pool: pg.Pool;
  drop(): Promise<void>;
}

/** The admin of the handbook. */
export const READER = { email: "reader@example.com", password: "a quiet place to read" };

/** A database at the baseline that holds the handbook as the workspace "Handbook", embedded by the local model. */
export async function createHandbookDatabase(run: TestRun): Promise<HandbookDatabase> {
  const { url, drop } = await (run.kind === "server"
    ? createServerDatabase(run, "init")
    : startEmbeddedDatabase());
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const client = await pool.connect();
  await deployThrough(client, { through: "init" });
  client.release();
  const provider = localProvider({ threads: 1 });
  const { folder, remove } = await writeHandbook();
  const { workspaceId } = await importMarkdownFolder(folder, {
    workspace: "Handbook",
    database: pool,
    provider,
  });
  await addReader(pool, workspaceId);
  await remove();
  await provider.close();
  return {
    url,
    pool,
    async drop() {
      await pool.end();
      await drop();
    },
  };
}

async function addReader(pool: pg.Pool, workspaceId: string): Promise<void> {
  await pool.query(
    `WITH reader AS (INSERT INTO users (email, password_hash, password_chosen_at) VALUES ($1, $2, now()) RETURNING id)
     INSERT INTO memberships (user_id, workspace_id, role) SELECT id, $3, 'admin' FROM reader`,
    [READER.email, await hashPassword(READER.password), workspaceId],
  );
}

/** In a process of its own, as it serves the app: a long statement does not hold up the test. */
async function startEmbeddedDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const database = startScript("scripts/database.ts", {
    args: ["start", "--memory", "--port", "0", "--stop-with-stdin"],
  });
  await database.printed(/^postgresql:.*\n/);
  return {
    url: database.stdout().trim(),
    async drop() {
      database.endInput();
      await database.exit;
    },
  };
}
