import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Answered, ask, openApp, type TestApp, type TestMember } from "../support/app.ts";

let app: TestApp;
let importRoute: typeof import("../../app/routes/app.import.tsx");
let indexing: typeof import("../../app/routes/app.settings.indexing.tsx");
let pages: typeof import("../../app/routes/app.pages._index.tsx");
let workspace: string;
let member: TestMember;

beforeAll(async () => {
  app = await openApp();
  importRoute = await import("../../app/routes/app.import.tsx");
  indexing = await import("../../app/routes/app.settings.indexing.tsx");
  pages = await import("../../app/routes/app.pages._index.tsx");
});

afterAll(() => app.close());

beforeEach(async () => {
  workspace = await app.addWorkspace("Garden");
  member = await app.addMember(workspace);
});

/** Sends files as the form of the page does: both of its inputs, of which one may be empty. */
function send(files: Record<string, string>): Promise<Answered> {
  const form = new FormData();
  for (const [path, text] of Object.entries(files)) form.append("files", new File([text], path));
  form.append("files", new File([], ""));
  return ask(importRoute.action, "/app/import", { as: member, form });
}

describe("the import", () => {
  test("makes pages of a folder, and names each file that it leaves out", async () => {
    const answer = await send({
      "garden/README.md": "# Garden\n\nAll of it.",
      "garden/beds/roses.md": "# Roses\n\nRed.",
      "garden/plan.png": "no text",
    });
    expect(answer).toMatchObject({
      status: 200,
      body: { result: { created: 2, updated: 0, unchanged: 0, problems: [{ path: "garden/plan.png" }] } },
    });
    const { body } = await ask(pages.loader, "/app/pages", { as: member });
    const roses = { page: { title: "Roses" }, children: [] };
    const beds = { page: { title: "beds" }, children: [roses] };
    expect(body).toMatchObject({ list: { outline: [{ page: { title: "Garden" }, children: [beds] }] } });
    expect(await send({ "garden/README.md": "# Garden\n\nAnew." })).toMatchObject({
      body: { result: { created: 0, updated: 1 } },
    });
  });

  test("asks for files where none were sent", async () => {
    expect(await send({})).toMatchObject({ status: 422, body: { result: null } });
  });

  test("refuses more than it takes, before it is read", async () => {
    const headers = { "Content-Type": "multipart/form-data; boundary=x", "Content-Length": "50000000" };
    const form = new FormData();
    const answer = await ask(importRoute.action, "/app/import", { as: member, form, headers });
    expect([answer.status, answer.text]).toEqual([413, "This is more than 21 MB. Send less at once."]);
    expect(await app.query("SELECT id FROM pages WHERE workspace_id = $1", [workspace])).toEqual([]);
  });
});

describe("the state of indexing", () => {
  test("can be seen by members, and started by admins", async () => {
    await send({ "roses.md": "# Roses\n\nRed." });
    const seen = await ask(indexing.loader, "/app/settings/indexing", { as: member });
    expect(seen.body).toEqual({
      mayStart: false,
      counts: { waiting: 1, active: 0, failed: 0 },
      run: null,
      failures: [],
    });
    const start = { form: { intent: "reindex" } };
    expect(await ask(indexing.action, "/", { as: member, ...start })).toMatchObject({ status: 403 });
    const admin = await app.addMember(workspace, { role: "admin" });
    expect(await ask(indexing.action, "/", { as: admin, ...start })).toMatchObject({ status: 303 });
    const after = await ask(indexing.loader, "/app/settings/indexing", { as: admin });
    expect(after.body).toMatchObject({ mayStart: true, run: { total: 1, done: 0, failed: 0, waiting: 1 } });
  });
});
