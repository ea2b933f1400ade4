import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, type Handler, openApp, type TestApp } from "../support/app.ts";
import { type EmbeddingServer, startEmbeddingServer } from "../support/embedding-server.ts";
import { type ServedApi, serveApi } from "../support/served-api.ts";

let app: TestApp;
let embeddings: EmbeddingServer;
let served: ServedApi;
let search: (query: string) => Promise<Response>;

beforeAll(async () => {
  embeddings = await startEmbeddingServer();
  app = await openApp({ env: { ...embeddings.env, SEARCH_CONCURRENCY: "1", SEARCH_QUEUE: "1" } });
  const headers = { authorization: `Bearer ${await app.addApiKey(await app.addWorkspace())}` };
  served = await serveApi(app.url);
  search = (query) => fetch(`${served.address}/api/search?q=${query}`, { headers });
});

afterAll(async () => {
  served.process.kill();
  await served.process.exit;
  await app.close();
  await embeddings.close();
});

test("a search too many is refused by the server itself, as the route would refuse it; the others are answered", async () => {
  let embed = () => {};
  const allowed = new Promise<undefined>((resolve) => {
    embed = () => resolve(undefined);
  });
  embeddings.before = () => allowed;
  const searches = ["one", "two", "three"].map(search);
  const refused = await Promise.race(searches);
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).toBe("5");
  // Every answer that has come through the app says that it could be compressed.
  expect(refused.headers.get("vary")).toBeNull();
  const problem = await refused.json();
  // What it would be here, with as many on their way.
  const loader: Handler = (await import("../../app/routes/api.search.ts")).loader;
  const { takePlace } = await import("../../app/services/rag/search-admission.server.ts");
  const places = [takePlace(), takePlace()];
  const byRoute = await ask(loader, "/api/search?q=four");
  for (const place of places) place.leave();
  expect([byRoute.status, byRoute.body]).toEqual([503, problem]);
  for (const [name, value] of byRoute.headers)
    expect([name, refused.headers.get(name)]).toEqual([name, value]);
  embed();
  const answers = await Promise.all(searches);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 503]);
  const after = await search("five");
  expect([after.status, after.headers.get("vary")]).toEqual([200, "Accept-Encoding"]);
});

test("a question of 10,000 characters reaches the app, whatever they are", async () => {
  const answer = await search(encodeURIComponent("\u{1F5FF}".repeat(10_000)));
  expect([answer.status, await answer.json()]).toEqual([400, expect.objectContaining({ field: "q" })]);
});
