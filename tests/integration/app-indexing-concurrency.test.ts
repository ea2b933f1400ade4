import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { describe, expect, vi } from "vitest";
import { createPage, deletePage, updatePage } from "../../app/services/content/pages.server.ts";
import { claimJob } from "../../app/services/indexing/claimed-job.server.ts";
import { indexEntity } from "../../app/services/indexing/index-entity.server.ts";
import { indexingQueue } from "../../app/services/indexing/queue.server.ts";
import { indexPendingNow } from "../../app/services/rag/rag-indexing.server.ts";
import { processIndexing } from "../../app/workers/indexing-processor.server.ts";
import { storedTexts, test } from "../support/content.ts";

const PATIENCE = { timeout: 50_000, interval: 50 };

describe("workers and writers at the same moment", { tags: ["server"] }, () => {
  test("processes that begin at the same time make one queue", async ({ database }) => {
    const pools = Array.from({ length: 5 }, () => new pg.Pool({ connectionString: database.url, max: 1 }));
    try {
      await Promise.all(pools.map((pool) => indexingQueue(pool)));
    } finally {
      await Promise.all(pools.map((pool) => pool.end()));
    }
    const queues = await database.query<{ name: string }>("SELECT name FROM pgboss.queue ORDER BY name");
    expect(queues.map(({ name }) => name)).toEqual(["indexing", "indexing-failed", "indexing-runs"]);
  });

  test("a worker that comes before a write is committed waits for it", async ({
    pool,
    database,
    workspace,
    provider,
  }) => {
    const id = await createPage(workspace, { title: "T", markdown: "old" }, pool);
    // Holds the edit up after its job was renewed and before it is committed.
    await database.query(
      `CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NULL; END $$`,
    );
    await database.query(
      `CREATE CONSTRAINT TRIGGER hold AFTER UPDATE ON pages DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION hold()`,
    );
    const holder = await database.connect();
    await holder.query("SELECT pg_advisory_lock(4711)");
    const edit = updatePage(workspace, id, { title: "T", markdown: "new" }, undefined, pool);
    try {
      await vi.waitFor(async () => {
        expect(
          await database.query(
            `SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
          ),
        ).toHaveLength(1);
      }, PATIENCE);
      expect(await claimJob(pool)).toBeNull();
    } finally {
      await holder.query("SELECT pg_advisory_unlock(4711)");
      await edit;
    }
    expect(await indexPendingNow(pool, provider)).toBe(1);
    expect(await storedTexts(database, "page_embeddings")).toEqual(["T\nnew"]);
  });

  test("a deletion waits for whoever writes the rows, and nothing is left", async ({
    pool,
    database,
    workspace,
    provider,
  }) => {
    for (let round = 0; round < 15; round++) {
      const id = await createPage(workspace, { title: "T", markdown: `round ${round}` }, pool);
      const name = { type: "pages", workspaceId: workspace, id } as const;
      let deletion: Promise<boolean> = Promise.resolve(false);
      provider.before = async () => {
        deletion = deletePage(workspace, id, pool);
        await sleep(Math.random() * 12);
      };
      await indexEntity(pool, provider, name);
      expect(await deletion).toBe(true);
      expect(await storedTexts(database, "page_embeddings")).toEqual([]);
    }
  });

  test("workers whose database goes away for a while go on afterwards", async ({
    pool,
    database,
    workspace,
    provider,
  }) => {
    const stop = new AbortController();
    const troubles: string[] = [];
    await indexingQueue(pool);
    const worker = processIndexing({
      database: pool,
      provider,
      pollMs: 20,
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === "trouble") troubles.push(event.reason);
      },
    });
    try {
      await database.query("ALTER SCHEMA pgboss RENAME TO away");
      await vi.waitFor(() => expect(troubles.length).toBeGreaterThan(0), PATIENCE);
      await database.query("ALTER SCHEMA away RENAME TO pgboss");
      await createPage(workspace, { title: "T", markdown: "text" }, pool);
      await vi.waitFor(async () => {
        expect(await storedTexts(database, "page_embeddings")).toEqual(["T\ntext"]);
      }, PATIENCE);
      await database.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
      );
      await vi.waitFor(async () => {
        await createPage(workspace, { title: "U", markdown: "text" }, pool);
      }, PATIENCE);
      await vi.waitFor(async () => {
        expect(await storedTexts(database, "page_embeddings")).toContain("U\ntext");
      }, PATIENCE);
    } finally {
      stop.abort();
      await worker;
    }
  });
});
