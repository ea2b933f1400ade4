import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { describe, expect, vi } from "vitest";
import { createPage, deletePage, updatePage } from "../../app/services/content/pages.server.ts";
import { claimJob } from "../../app/services/indexing/claimed-job.server.ts";
import { indexEntity } from "../../app/services/indexing/index-entity.server.ts";
import { indexingQueue } from "../../app/services/indexing/queue.server.ts";
import { indexingState, indexPendingNow, listFailures } from "../../app/services/rag/rag-indexing.server.ts";
import { processIndexing } from "../../app/workers/indexing-processor.server.ts";
import { type CliProcess, finished, startScript } from "../support/cli.ts";
import { test as base, jobStates, storedTexts } from "../support/content.ts";
import { startEmbeddingServer } from "../support/embedding-server.ts";

const PATIENCE = { timeout: 50_000, interval: 50 };

const test = base
  .extend("api", async ({ task: _ }, { onCleanup }) => {
    const api = await startEmbeddingServer();
    onCleanup(() => api.close());
    return api;
  })
  /** `npm run worker`; does not outlive the test. */
  .extend("startWorker", async ({ database, api }, { onCleanup }) => {
    const workers: CliProcess[] = [];
    onCleanup(async () => {
      for (const worker of workers) worker.kill("SIGKILL");
      await Promise.all(workers.map((worker) => worker.exit));
    });
    return (...args: string[]) => {
      const worker = startScript("scripts/worker.ts", { args, databaseUrl: database.url, env: api.env });
      workers.push(worker);
      return worker;
    };
  })
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

/** Which page a text that is embedded is from: all begin with its title. */
const pageOf = (texts: readonly string[]) => /^page \d+/.exec(texts[0] ?? "")?.[0] ?? "";

describe("worker processes", { tags: ["server"] }, () => {
  test("two with many jobs of few pages: never two at one page, and the last text is what is found", async ({
    pool,
    database,
    workspace,
    api,
    startWorker,
  }) => {
    const atWork = new Map<string, number>();
    const most = new Map<string, number>();
    let together = 0;
    api.before = async (texts) => {
      const page = pageOf(texts);
      atWork.set(page, (atWork.get(page) ?? 0) + 1);
      most.set(page, Math.max(most.get(page) ?? 0, atWork.get(page) ?? 0));
      together = Math.max(
        together,
        [...atWork.values()].reduce((sum, count) => sum + count, 0),
      );
      await sleep(Math.random() * 60);
      atWork.set(page, (atWork.get(page) ?? 1) - 1);
      return undefined;
    };
    const workers = [0, 1].map(() => startWorker("--concurrency", "3"));
    await Promise.all(workers.map((worker) => worker.printed(/Indexes with/)));
    const pages = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        createPage(workspace, { title: `page ${index}`, markdown: "edit 0" }, pool),
      ),
    );
    await Promise.all(
      pages.map(async (id, index) => {
        for (let edit = 1; edit <= 25; edit++) {
          await updatePage(
            workspace,
            id,
            { title: `page ${index}`, markdown: `edit ${edit}` },
            undefined,
            pool,
          );
          await sleep(Math.random() * 40);
        }
      }),
    );
    await vi.waitFor(async () => {
      expect(await jobStates(database)).toEqual({ completed: expect.any(Number) });
    }, PATIENCE);
    expect((await storedTexts(database, "page_embeddings")).sort()).toEqual(
      pages.map((_, index) => `page ${index}\nedit 25`),
    );
    expect([...most.values()]).toEqual([1, 1, 1, 1, 1]);
    expect(together).toBeGreaterThan(1);
    const { completed = 0 } = await jobStates(database);
    expect(completed).toBeGreaterThan(5);
    expect(workers.map((worker) => worker.stderr())).toEqual(["", ""]);
    expect(workers.filter((worker) => /pages [0-9a-f-]{36}: 1 new/.test(worker.stdout()))).toHaveLength(2);
  });

  test("a worker that is told to stop finishes its job and takes no other", async ({
    pool,
    database,
    workspace,
    api,
    startWorker,
  }) => {
    let answer = () => {};
    api.before = async () => {
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return undefined;
    };
    const worker = startWorker("--concurrency", "1");
    await createPage(workspace, { title: "page 1", markdown: "first" }, pool);
    await createPage(workspace, { title: "page 2", markdown: "second" }, pool);
    await vi.waitFor(() => expect(api.requests).toHaveLength(1), PATIENCE);
    worker.kill("SIGTERM");
    await worker.printed(/SIGTERM/);
    answer();
    expect(await finished(worker)).toMatchObject({ code: 0, stderr: "" });
    expect(await jobStates(database)).toEqual({ completed: 1, created: 1 });
    expect(await storedTexts(database, "page_embeddings")).toEqual(["page 1\nfirst"]);
  });

  test("the job of a worker that was killed is done by another", async ({
    pool,
    database,
    workspace,
    api,
    startWorker,
  }) => {
    api.before = () => new Promise(() => {});
    const killed = startWorker();
    const id = await createPage(workspace, { title: "page 1", markdown: "text" }, pool);
    await vi.waitFor(() => expect(api.requests).toHaveLength(1), PATIENCE);
    killed.kill("SIGKILL");
    await killed.exit;
    api.before = () => undefined;
    expect(await indexPendingNow(pool)).toBe(0);
    expect(await indexingState(workspace, "pages", id, pool)).toBe("waiting");
    // As if the time had passed in which it gave no sign of life.
    await database.query(
      "UPDATE pgboss.job SET started_on = started_on - interval '91 seconds' WHERE state = 'active'",
    );
    startWorker();
    await vi.waitFor(async () => {
      expect(await indexingState(workspace, "pages", id, pool)).toBe("indexed");
    }, PATIENCE);
    expect(await storedTexts(database, "page_embeddings")).toEqual(["page 1\ntext"]);
  });

  test("what a provider refuses is told on standard error, and the worker goes on", async ({
    pool,
    workspace,
    api,
    startWorker,
  }) => {
    api.before = (texts) => (texts.some((text) => text.includes("bad")) ? 400 : undefined);
    const worker = startWorker("--quiet");
    const id = await createPage(workspace, { title: "page 1", markdown: "bad" }, pool);
    const good = await createPage(workspace, { title: "page 2", markdown: "good" }, pool);
    await vi.waitFor(async () => {
      expect(await indexingState(workspace, "pages", id, pool)).toBe("failed");
      expect(await indexingState(workspace, "pages", good, pool)).toBe("indexed");
    }, PATIENCE);
    expect(await listFailures(workspace, pool)).toMatchObject([{ id, title: "page 1" }]);
    await vi.waitFor(() => expect(worker.stderr()).toMatch(/refused with 400.*given up/), PATIENCE);
  });
});

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

  test("a role that may not make the queue is told which grant it needs", async ({
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

  test("a role that may not use the queue of another is told what to do", async ({
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
