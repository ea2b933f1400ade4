import pg from "pg";
import { describe, expect } from "vitest";
import { createPage } from "../../app/services/content/pages.server.ts";
import { indexingQueue } from "../../app/services/indexing/queue.server.ts";
import { test as base } from "../support/content.ts";

const test = base
  /** A role that may read and write the tables, and nothing else. */
  .extend("poolOfRole", async ({ database, workspace }, { onCleanup }) => {
    const role = `role_${workspace.slice(0, 8)}`;
    await database.query(`CREATE ROLE ${role} LOGIN`);
    await database.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`);
    const url = new URL(database.url);
    url.username = role;
    const pool = new pg.Pool({ connectionString: url.href, max: 1 });
    pool.on("error", () => {});
    onCleanup(async () => {
      await pool.end();
      await database.query(`DROP OWNED BY ${role}`);
      await database.query(`DROP ROLE ${role}`);
    });
    return { pool, role };
  });

describe("a role with few rights", { tags: ["server"] }, () => {
  test("that may not make the queue is told which grant it needs", async ({
    database,
    workspace,
    poolOfRole: { pool, role },
  }) => {
    await expect(createPage(workspace, { title: "T", markdown: "" }, pool)).rejects.toMatchObject({
      name: "IndexingQueueError",
      message: expect.stringMatching(new RegExp(`GRANT CREATE ON DATABASE .* TO ${role}`)),
    });
    const [found] = await database.query<{ name: string }>("SELECT quote_ident(current_database()) AS name");
    await database.query(`GRANT CREATE ON DATABASE ${found?.name} TO ${role}`);
    expect(await createPage(workspace, { title: "T", markdown: "" }, pool)).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("that may not use the queue of another is told what to do", async ({
    pool: owners,
    workspace,
    poolOfRole: { pool, role },
  }) => {
    await indexingQueue(owners);
    await expect(createPage(workspace, { title: "T", markdown: "" }, pool)).rejects.toMatchObject({
      name: "IndexingQueueError",
      message: expect.stringMatching(new RegExp(`${role} may not use the schema pgboss`)),
    });
  });
});
