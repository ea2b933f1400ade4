import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, vi } from "vitest";
import { createPage, updatePage } from "../../app/services/content/pages.server.ts";
import { indexingState, indexPendingNow, listFailures } from "../../app/services/rag/rag-indexing.server.ts";
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
