import { createHash, randomBytes } from "node:crypto";
import type { LoaderFunctionArgs } from "@remix-run/node";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Asked, ask, openApp, type TestApp, type TestMember } from "../support/app.ts";

let app: TestApp;
let access: typeof import("../../app/services/access/access.server.ts");
let keys: typeof import("../../app/services/access/api-keys.server.ts");
let chat: typeof import("../../app/routes/api.chat.ts");
let graph: typeof import("../../app/routes/api.graph.ts");
let search: typeof import("../../app/routes/api.search.ts");
let workspace: string;
let member: TestMember;

beforeAll(async () => {
  app = await openApp();
  access = await import("../../app/services/access/access.server.ts");
  keys = await import("../../app/services/access/api-keys.server.ts");
  chat = await import("../../app/routes/api.chat.ts");
  graph = await import("../../app/routes/api.graph.ts");
  search = await import("../../app/routes/api.search.ts");
});

afterAll(() => app.close());

beforeEach(async () => {
  workspace = await app.addWorkspace("Garden");
  member = await app.addMember(workspace);
});

const api = ({ request }: LoaderFunctionArgs) => access.requireApiAccess(request);
const toApi = (asked: Asked = {}) => ask(api, "/api/search?q=x", asked);

describe("the API", () => {
  const problem = (status: number, type: string) => ({ status, body: { status, type: `/problems/${type}` } });

  test("takes a key of a workspace, without a session and from anywhere", async () => {
    const key = await app.addApiKey(workspace);
    expect(key).toMatch(/^hvk_[A-Za-z0-9_-]{43}$/);
    const headers = { "Sec-Fetch-Site": "cross-site", Origin: "https://elsewhere.example" };
    const answer = await toApi({ key, headers, json: {} });
    expect(answer.body).toEqual({
      workspace: { id: workspace, name: "Garden" },
      userId: null,
      asker: expect.stringMatching(/^key:[0-9a-f-]{36}$/),
    });
  });

  test("takes a session, for what writes only from the app itself", async () => {
    expect((await toApi({ as: member })).body).toEqual({
      workspace: { id: workspace, name: "Garden" },
      userId: member.userId,
      asker: `user:${member.userId}`,
    });
    expect((await toApi({ as: member, json: {} })).status).toBe(200);
    const foreign = await toApi({ as: member, json: {}, headers: { "Sec-Fetch-Site": "cross-site" } });
    expect(foreign).toMatchObject(problem(403, "another-site"));
  });

  test("says 401 to anybody else, as problem details", async () => {
    const answer = await toApi();
    expect(answer).toMatchObject(problem(401, "not-signed-in"));
    expect(answer.headers.get("Content-Type")).toBe("application/problem+json");
    expect(answer.headers.get("WWW-Authenticate")).toBe("Bearer");
  });

  test("says 401 to a key that is none, even beside a session that holds", async () => {
    const key = await app.addApiKey(workspace);
    for (const Authorization of [
      `Bearer ${key.slice(0, -1)}`,
      `Bearer ${key}x`,
      `Bearer hvk_${randomBytes(32).toString("base64url")}`,
      `Basic ${key}`,
      key,
      "Bearer",
      "Bearer ' OR true --",
    ]) {
      const answer = await toApi({ as: member, headers: { Authorization } });
      expect(answer).toMatchObject(problem(401, "not-signed-in"));
    }
    expect((await toApi({ headers: { Authorization: `bearer  ${key} ` } })).status).toBe(200);
  });
});

describe("a key", () => {
  const kept = (id: string) =>
    app.query("SELECT key_hash, key_start, last_used_at FROM api_keys WHERE id = $1", [id]);

  test("is kept as a hash, and known by its first characters", async () => {
    const { id, key } = await keys.createApiKey(workspace, {
      name: " Nightly  import ",
      createdBy: member.userId,
    });
    expect(await kept(id)).toEqual([
      {
        key_hash: createHash("sha256").update(key).digest("hex"),
        key_start: key.slice(0, 8),
        last_used_at: null,
      },
    ]);
    const listed = await keys.listApiKeys(workspace);
    expect(listed).toMatchObject([
      { id, name: "Nightly import", start: key.slice(0, 8), createdBy: member.email },
    ]);
    expect(JSON.stringify(listed)).not.toContain(key.slice(0, 12));
  });

  test("has a name that no other of the workspace has", async () => {
    const make = (place: string) => keys.createApiKey(place, { name: "Import", createdBy: null });
    await make(workspace);
    await expect(make(workspace)).rejects.toMatchObject({ name: "AccessError", field: "name" });
    await make(await app.addWorkspace());
    expect(await keys.listApiKeys(workspace)).toHaveLength(1);
  });

  test("notes its use at most once a minute", async () => {
    const { id, key } = await keys.createApiKey(workspace, { name: "Import", createdBy: null });
    const use = async () => {
      await keys.findApiKey(key);
      return (await kept(id))[0]?.last_used_at as Date;
    };
    const first = await use();
    expect(first).toBeInstanceOf(Date);
    expect(await use()).toEqual(first);
    await app.query("UPDATE api_keys SET last_used_at = now() - interval '61 seconds' WHERE id = $1", [id]);
    expect((await use()).getTime()).toBeGreaterThanOrEqual(first.getTime());
  });

  test("ends at once when it is revoked, by its own workspace", async () => {
    const { id, key } = await keys.createApiKey(workspace, { name: "Import", createdBy: null });
    const foreign = await app.addWorkspace();
    expect(await keys.revokeApiKey(foreign, id)).toBe(false);
    expect(await keys.revokeApiKey(workspace, "x")).toBe(false);
    expect((await toApi({ key })).status).toBe(200);
    expect(await keys.revokeApiKey(workspace, id)).toBe(true);
    expect((await toApi({ key })).status).toBe(401);
  });
});

test("whatever the API answers is of the type it says, and is not kept", async () => {
  const key = await app.addApiKey(workspace);
  const { createPage } = await import("../../app/services/content/pages.server.ts");
  const page = await createPage(workspace, { title: "Ferns", markdown: "" });
  const json = { question: "How much water?" };
  const headers = { Accept: "application/json" };
  const answers = [
    await ask(search.loader, "/api/search?q=ferns", { key }),
    await ask(search.loader, "/api/search?q=ferns"),
    await ask(search.loader, "/api/search?q=ferns&limit=x", { key }),
    await ask(graph.loader, `/api/graph?page=${page}`, { key }),
    await ask(graph.loader, "/api/graph?page=x", { key }),
    await ask(chat.loader, "/api/chat", { key }),
    await ask(chat.action, "/api/chat", { key, json, headers }),
    await ask(chat.action, "/api/chat", { key, json }),
    await ask(chat.action, "/api/chat", { key, json: {} }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 401, 400, 200, 400, 405, 200, 200, 400]);
  for (const answer of answers) {
    expect(answer.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(answer.headers.get("Cache-Control")).toMatch(/^no-store/);
  }
});
