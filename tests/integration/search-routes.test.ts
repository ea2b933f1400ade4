import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EverythingAnswer } from "../../app/services/rag/search-everything.server.ts";
import { type Asked, ask, type Handler, openApp, type TestApp, type TestMember } from "../support/app.ts";
import { problem, problemOf } from "../support/problems.ts";

let app: TestApp;
let api: Handler;
let page: Handler;
let garden: string;
let kitchen: string;
let gardener: TestMember;
let cook: TestMember;
let key: string;

beforeAll(async () => {
  app = await openApp();
  api = (await import("../../app/routes/api.search.ts")).loader;
  page = (await import("../../app/routes/app._index.tsx")).loader;
  [garden, kitchen] = [await app.addWorkspace("Garden"), await app.addWorkspace("Kitchen")];
  gardener = await app.addMember(garden);
  cook = await app.addMember(kitchen);
  await app.query("INSERT INTO memberships (user_id, workspace_id) VALUES ($1, $2)", [cook.userId, garden]);
  key = await app.addApiKey(garden);
  const { storeDocumentEmbeddings } = await import("../../app/services/embedding-generation.server.ts");
  await storeDocumentEmbeddings([
    { documentId: randomUUID(), workspaceId: garden, title: "Apples", content: "Prune in late winter." },
    { documentId: randomUUID(), workspaceId: kitchen, title: "Bread", content: "Let the dough rest." },
  ]);
});

afterAll(() => app.close());

const QUERY = "q=when+to+prune";

async function titles(search: string, asked: Asked): Promise<string[]> {
  const { status, body } = await ask(api, `/api/search?${search}`, asked);
  expect(status).toBe(200);
  return (body as EverythingAnswer).items.map(({ title }) => title);
}

describe("GET /api/search", () => {
  test("answers a key and a session from their own workspace, for no cache to keep", async () => {
    expect(await titles(QUERY, { key })).toEqual(["Apples"]);
    expect(await titles(QUERY, { as: gardener })).toEqual(["Apples"]);
    expect(await titles(QUERY, { as: cook })).toEqual(["Bread"]);
    const { headers } = await ask(api, `/api/search?${QUERY}`, { key });
    expect(headers.get("cache-control")).toBe("no-store");
  });

  test("answers from another workspace that the user is in, however its id is written", async () => {
    expect(await titles(`${QUERY}&workspace=${garden}`, { as: cook })).toEqual(["Apples"]);
    expect(await titles(`${QUERY}&workspace=${garden.toUpperCase()}`, { as: cook })).toEqual(["Apples"]);
    expect(await titles(`${QUERY}&workspace=${garden.toUpperCase()}`, { key })).toEqual(["Apples"]);
  });

  test("says 404 for a workspace that is not theirs, as for one that does not exist", async () => {
    const unknown = problem(404, "unknown-workspace", "workspace");
    for (const asked of [{ key }, { as: gardener }]) {
      for (const workspace of [kitchen, randomUUID()]) {
        expect(await problemOf(api, `/api/search?${QUERY}&workspace=${workspace}`, asked)).toEqual(unknown);
      }
    }
    expect(await problemOf(api, `/api/search?${QUERY}&workspace=Kitchen`, { key })).toEqual(
      problem(400, "invalid-parameter", "workspace"),
    );
  });

  test("says 401 without a session or a key, whatever is asked", async () => {
    expect(await problemOf(api, `/api/search?${QUERY}`, {})).toEqual(problem(401, "not-signed-in"));
    expect(await problemOf(api, "/api/search?", { key: "hvk_wrong" })).toEqual(problem(401, "not-signed-in"));
  });

  test("says 405 to every method but GET, as the graph does", async () => {
    const [search, graph] = [
      await import("../../app/routes/api.search.ts"),
      await import("../../app/routes/api.graph.ts"),
    ];
    for (const { action } of [search, graph]) {
      expect(await problemOf(action, "/api/any", { key, method: "POST" })).toEqual(
        problem(405, "method-not-allowed"),
      );
      expect(await problemOf(action, "/api/any", { method: "DELETE" })).toEqual(
        problem(401, "not-signed-in"),
      );
    }
  });

  test("says 400 with the parameter that is wrong", async () => {
    expect(await problemOf(api, "/api/search?", { key })).toEqual(problem(400, "invalid-parameter", "q"));
    expect(await problemOf(api, `/api/search?q=${"x".repeat(10_000)}`, { key })).toEqual(
      problem(400, "invalid-parameter", "q"),
    );
    expect(await problemOf(api, "/api/search?q=a&types=songs", { key })).toEqual(
      problem(400, "invalid-parameter", "types"),
    );
    expect(await problemOf(api, "/api/search?q=a&limit=0", { key })).toEqual(
      problem(400, "invalid-parameter", "limit"),
    );
    expect(await problemOf(api, "/api/search?q=a&min=2", { key })).toEqual(
      problem(400, "invalid-parameter", "min"),
    );
  });
});

describe("the search page", () => {
  test("leads to the sign-in, and back to the search", async () => {
    const { status, headers } = await ask(page, `/app?${QUERY}`);
    expect(status).toBe(302);
    const location = new URL(headers.get("location") ?? "", "http://app.test");
    expect(location.pathname).toBe("/sign-in");
    expect(location.searchParams.get("to")).toBe(`/app?${QUERY}`);
  });

  test("invites where there is something to search, and says where there is not", async () => {
    expect((await ask(page, "/app?q=%20", { as: gardener })).body).toMatchObject({
      answer: null,
      searchable: true,
      problem: null,
    });
    const newcomer = await app.addMember(await app.addWorkspace("Empty"));
    expect((await ask(page, "/app", { as: newcomer })).body).toMatchObject({ searchable: false });
  });

  test("searches the workspace that the member is in, another of theirs where the address says so", async () => {
    const here = await ask(page, `/app?${QUERY}`, { as: cook });
    expect(here.body).toMatchObject({ answer: { items: [{ title: "Bread" }] }, elsewhere: null });
    const there = await ask(page, `/app?${QUERY}&workspace=${garden}`, { as: cook });
    expect(there.body).toMatchObject({ answer: { items: [{ title: "Apples" }] }, elsewhere: garden });
  });

  test("says in words what the API says as a problem", async () => {
    const foreign = await ask(page, `/app?${QUERY}&workspace=${kitchen}`, { as: gardener });
    expect(foreign).toMatchObject({ status: 404, body: { problem: { type: "unknown-workspace" } } });
    expect(foreign.text).not.toMatch(/Bread|Kitchen/);
    const unknown = await ask(page, "/app?q=a&types=songs", { as: gardener });
    expect(unknown).toMatchObject({ status: 400, body: { problem: { field: "types" } } });
  });
});
