import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SearchPlace } from "../../app/services/rag/search-admission.server.ts";
import type { EverythingAnswer } from "../../app/services/rag/search-everything.server.ts";
import { ask, type Handler, openApp, type TestApp } from "../support/app.ts";
import { type EmbeddingServer, startEmbeddingServer } from "../support/embedding-server.ts";

let app: TestApp;
let embeddings: EmbeddingServer;
let workspaceId: string;
let search: (query: string) => ReturnType<typeof ask>;

beforeAll(async () => {
  embeddings = await startEmbeddingServer();
  app = await openApp({ env: { ...embeddings.env, SEARCH_CONCURRENCY: "1", SEARCH_QUEUE: "1" } });
  const api: Handler = (await import("../../app/routes/api.search.ts")).loader;
  workspaceId = await app.addWorkspace("Garden");
  const key = await app.addApiKey(workspaceId);
  search = (query) => ask(api, `/api/search?q=${query}&types=pages`, { key });
});

afterAll(async () => {
  await app.close();
  await embeddings.close();
});

describe("searches at the same time", { tags: ["server"] }, () => {
  test("one runs, one waits, and one more is sent away until later; the first two are answered", async () => {
    for (const query of ["one", "two", "three"]) await search(query);
    const locker = await app.pool.connect();
    await locker.query("BEGIN; LOCK TABLE page_embeddings IN ACCESS EXCLUSIVE MODE");
    const searches = ["one", "two", "three"].map(search);
    const refused = await Promise.race(searches);
    await locker.query("ROLLBACK");
    locker.release();
    expect(refused.status).toBe(503);
    expect(refused.body).toMatchObject({ type: "/problems/overloaded" });
    expect(refused.headers.get("retry-after")).toBe("5");
    const answers = await Promise.all(searches);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 503]);
    const queues = answers.flatMap(({ status, body }) =>
      status === 200 ? (body as EverythingAnswer).milliseconds.queue : [],
    );
    expect(Math.max(...queues)).toBeGreaterThan(0);
    const timings = answers.map(({ headers }) => headers.get("server-timing"));
    expect(timings).toContainEqual(
      expect.stringMatching(/^embedding;dur=[\d.]+, queue;dur=[\d.]+, search;dur=[\d.]+$/),
    );
  });
});

test("a query that was asked before is not sent to the model again, but after a failure it is", async () => {
  embeddings.before = () => 400;
  expect((await search("four")).status).toBe(502);
  embeddings.before = () => undefined;
  const before = embeddings.requests.length;
  for (let turn = 0; turn < 3; turn++) expect((await search("four")).status).toBe(200);
  expect(embeddings.requests.slice(before)).toEqual([["four"]]);
});

test("a search counts as as many connections as it searches tables, and leaves its place also when it fails", async () => {
  const { findEverywhere } = await import("../../app/services/rag/search-everything.server.ts");
  const { hasRoom, takePlace } = await import("../../app/services/rag/search-admission.server.ts");
  const counted: number[] = [];
  const place: SearchPlace = {
    run(tables, work) {
      counted.push(tables);
      return work(0);
    },
    leave: () => void counted.push(0),
  };
  const asked = { query: "five", limit: 10, workspaceId };
  await findEverywhere({ ...asked, types: ["pages"] }, undefined, undefined, place);
  await findEverywhere({ ...asked, types: ["pages", "rows", "documents"] }, undefined, undefined, place);
  expect(counted).toEqual([1, 0, 3, 0]);
  await expect(findEverywhere({ ...asked, types: [] })).rejects.toThrow(/Nothing to search/);
  const places = [takePlace(), takePlace()];
  expect(hasRoom()).toBe(false);
  for (const { leave } of [...places, ...places]) leave();
  expect(hasRoom()).toBe(true);
});
