import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PageGraph } from "../../app/services/rag/knowledge-graph.server.ts";
import { ask, type Handler, openApp, type TestApp, type TestMember } from "../support/app.ts";
import { LinkedPages } from "../support/linked-pages.ts";
import { problem, problemOf } from "../support/problems.ts";

let app: TestApp;
let api: Handler;
let page: Handler;
let pages: LinkedPages;
let foreign: LinkedPages;
let member: TestMember;
let key: string;

beforeAll(async () => {
  app = await openApp();
  api = (await import("../../app/routes/api.graph.ts")).loader;
  page = (await import("../../app/routes/app.pages.$id.tsx")).loader;
  pages = new LinkedPages(app.pool);
  foreign = new LinkedPages(app.pool);
  await pages.write({ a: [{ 1: 1 }], b: [], c: [], near: [{ 1: 1, 2: 0.1 }] });
  await pages.link("a b", "b c");
  await foreign.write({ x: [{ 1: 1 }] });
  member = await app.addMember(pages.workspaceId);
  key = await app.addApiKey(pages.workspaceId);
});

afterAll(() => app.close());

describe("GET /api/graph", () => {
  test("answers with the pages around one, as far as was asked", async () => {
    const { status, headers, body } = await ask(api, `/api/graph?page=${pages.id("a")}&depth=1`, { key });
    expect({ status, cache: headers.get("cache-control") }).toEqual({ status: 200, cache: "no-store" });
    const { nodes, edges, workspaceId } = body as PageGraph & { workspaceId: string };
    expect(workspaceId).toBe(pages.workspaceId);
    expect(nodes.map(({ title, depth, kind }) => [title, depth, kind])).toEqual([
      ["a", 0, null],
      ["b", 1, "link"],
      ["near", 1, "similar"],
    ]);
    expect(edges.map(({ kind }) => kind)).toEqual(["link", "similar"]);
  });

  test("goes two steps unless told otherwise, and begins at several pages", async () => {
    const { body } = await ask(api, `/api/graph?page=${pages.id("a")},${pages.id("near")}`, { as: member });
    const found = (body as PageGraph).nodes.map(({ title, depth }) => `${title} ${depth}`);
    expect(found.sort()).toEqual(["a 0", "b 1", "c 2", "near 0"]);
  });

  test("says 404 for a page of another workspace, as for one that does not exist", async () => {
    for (const id of [foreign.id("x"), randomUUID()]) {
      expect(await problemOf(api, `/api/graph?page=${id}`, { key })).toEqual(
        problem(404, "unknown-page", "page"),
      );
    }
    expect(
      await problemOf(api, `/api/graph?page=${foreign.id("x")}&workspace=${foreign.workspaceId}`, { key }),
    ).toEqual(problem(404, "unknown-workspace", "workspace"));
  });

  test("says 401 to nobody in particular, and 400 with the parameter that is wrong", async () => {
    expect(await problemOf(api, `/api/graph?page=${pages.id("a")}`, {})).toEqual(
      problem(401, "not-signed-in"),
    );
    const invalid = (field: string) => problem(400, "invalid-parameter", field);
    expect(await problemOf(api, "/api/graph?", { key })).toEqual(invalid("page"));
    expect(await problemOf(api, "/api/graph?page=a", { key })).toEqual(invalid("page"));
    expect(await problemOf(api, `/api/graph?page=${pages.id("a")}&depth=5`, { key })).toEqual(
      invalid("depth"),
    );
    expect(await problemOf(api, `/api/graph?page=${pages.id("a")}&limit=0`, { key })).toEqual(
      invalid("limit"),
    );
    expect(await problemOf(api, `/api/graph?page=${pages.id("a")}&workspace=Garden`, { key })).toEqual(
      invalid("workspace"),
    );
  });
});

test("the view of a page brings what stands around it", async () => {
  const id = pages.id("b");
  const { body } = await ask(page, `/app/pages/${id}`, { as: member, params: { id } });
  expect(body).toMatchObject({
    surroundings: {
      related: {
        linksTo: { pages: [{ title: "c" }], total: 1 },
        linkedFrom: { pages: [{ title: "a" }], total: 1 },
        similar: [],
      },
      nodes: [{ title: "b" }, {}, {}, {}],
    },
  });
});
