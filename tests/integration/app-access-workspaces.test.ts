import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, openApp, type TestApp } from "../support/app.ts";

const path = "/app/settings/workspaces";

let app: TestApp;
let page: typeof import("../../app/routes/app.settings.workspaces.tsx");

beforeAll(async () => {
  app = await openApp();
  page = await import("../../app/routes/app.settings.workspaces.tsx");
});

afterAll(() => app.close());

test("a member makes no workspace: as its admin they would steer the migration", async () => {
  const member = await app.addMember(await app.addWorkspace());
  expect((await ask(page.loader, path, { as: member })).body).toMatchObject({ mayMake: false });
  expect((await ask(page.action, path, { as: member, form: { name: "My own" } })).status).toBe(403);
  expect(await app.query("SELECT FROM workspaces WHERE name = 'My own'")).toEqual([]);
});

test("an admin makes another workspace, and is there at once, as its admin", async () => {
  const maker = await app.addMember(await app.addWorkspace("Shed"), { role: "admin" });
  const form = { name: "  My   own " };
  const { status, headers } = await ask(page.action, path, { as: maker, form });
  expect([status, headers.get("Location")]).toEqual([303, "/app"]);
  const Cookie = headers.get("Set-Cookie")?.split(";")[0] ?? "";
  const { body } = await ask(page.loader, path, { headers: { Cookie } });
  const { current, workspaces } = body as { current: string; workspaces: { id: string }[] };
  expect(workspaces).toEqual([
    { id: current, name: "My own", role: "admin", members: 1 },
    { id: maker.workspaceId, name: "Shed", role: "admin", members: 1 },
  ]);
  const refused = await ask(page.action, path, { as: maker, form: { name: " " } });
  expect(refused).toMatchObject({ status: 422, body: { problem: { field: "name" } } });
});
