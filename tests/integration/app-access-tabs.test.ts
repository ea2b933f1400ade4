import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type Asked,
  ask,
  cookieOf,
  openApp,
  requestOf,
  type TestApp,
  type TestMember,
} from "../support/app.ts";

let app: TestApp;
let newPage: typeof import("../../app/routes/app.pages.new.tsx").action;
let editPage: typeof import("../../app/routes/app.pages.$id_.edit.tsx").action;
let importPage: typeof import("../../app/routes/app.import.tsx").action;
let indexing: typeof import("../../app/routes/app.settings.indexing.tsx").action;
let switchTo: typeof import("../../app/routes/app.workspace.ts").action;
let garden: string;
let kitchen: string;
/** Wrote in the garden, and went to the kitchen in another tab. */
let member: TestMember;

beforeAll(async () => {
  app = await openApp();
  newPage = (await import("../../app/routes/app.pages.new.tsx")).action;
  editPage = (await import("../../app/routes/app.pages.$id_.edit.tsx")).action;
  importPage = (await import("../../app/routes/app.import.tsx")).action;
  indexing = (await import("../../app/routes/app.settings.indexing.tsx")).action;
  switchTo = (await import("../../app/routes/app.workspace.ts")).action;
});

afterAll(() => app.close());

beforeEach(async () => {
  [garden, kitchen] = [await app.addWorkspace("Garden"), await app.addWorkspace("Kitchen")];
  member = await app.addMember(kitchen);
  await app.query("INSERT INTO memberships (user_id, workspace_id, role) VALUES ($1, $2, 'admin')", [
    member.userId,
    garden,
  ]);
});

const written = (workspace: string) => ({
  workspace,
  title: "Ferns",
  markdown: "In the shade.",
  parentId: "",
});
const send = (form: Asked["form"]) => ask(newPage, "/app/pages/new?title=Ferns", { as: member, form });
const titlesIn = async (workspace: string) =>
  (await app.query("SELECT title FROM pages WHERE workspace_id = $1", [workspace])).map(({ title }) => title);

describe("a form that was written in another workspace than the one its sender is in now", () => {
  test("is not taken, and all that was typed comes back", async () => {
    expect(await send(written(garden))).toMatchObject({
      status: 409,
      body: {
        kind: "another-workspace",
        now: "Kitchen",
        madeFor: { id: garden, name: "Garden" },
        address: "/app/pages/new?title=Ferns",
        fields: Object.entries(written(garden)).map(([name, value]) => ({ name, value })),
        hasFiles: false,
      },
    });
    expect([await titlesIn(garden), await titlesIn(kitchen)]).toEqual([[], []]);
    expect((await send(written(kitchen))).status).toBe(303);
    expect(await titlesIn(kitchen)).toEqual(["Ferns"]);
  });

  test("comes back also where the page it changes is not there now", async () => {
    const { createPage } = await import("../../app/services/content/pages.server.ts");
    const id = await createPage(garden, { title: "Moss", markdown: "Old." });
    const edit = (form: Record<string, string>) =>
      ask(editPage, `/app/pages/${id}/edit`, { as: member, params: { id }, form });
    expect(await edit(written(garden))).toMatchObject({
      status: 409,
      body: { fields: expect.arrayContaining([{ name: "markdown", value: "In the shade." }]) },
    });
    expect((await edit({ workspace: garden, intent: "delete" })).status).toBe(409);
    expect(await titlesIn(garden)).toEqual(["Moss"]);
  });

  test("comes back before it is asked who may send it", async () => {
    const start = (workspace: string) =>
      ask(indexing, "/app/settings/indexing", { as: member, form: { workspace, intent: "reindex" } });
    // An admin of the garden, an ordinary member of the kitchen.
    expect([(await start(garden)).status, (await start(kitchen)).status]).toEqual([409, 403]);
  });

  test("comes back without its files, and says so", async () => {
    const form = new FormData();
    form.append("workspace", garden);
    form.append("files", new File(["# Ferns"], "ferns.md"));
    expect(await ask(importPage, "/app/import", { as: member, form })).toMatchObject({
      status: 409,
      body: { hasFiles: true, fields: [{ name: "workspace", value: garden }] },
    });
    expect(await titlesIn(kitchen)).toEqual([]);
  });

  test("is told nothing of a workspace that is not its sender's", async () => {
    const foreign = await app.addWorkspace("Secret");
    for (const workspace of [foreign, randomUUID(), "x"]) {
      const { status, body, text } = await send(written(workspace));
      expect({ status, body }).toMatchObject({ status: 409, body: { madeFor: null } });
      expect(text).not.toContain("Secret");
    }
  });

  test("is not taken when it does not say", async () => {
    const { workspace: _, ...unsaid } = written(garden);
    const form = new URLSearchParams(unsaid);
    const asked = { headers: { Cookie: member.cookie }, form };
    expect(await ask(newPage, "/app/pages/new", asked)).toMatchObject({
      status: 400,
      text: expect.stringMatching(/which workspace it is for/),
    });
    expect((await send({ ...written(garden), workspace: "" })).status).toBe(400);
  });
});

describe("sending it again after going back", () => {
  const goBack = (sendTo: string) =>
    ask(switchTo, "/app/workspace", { as: member, form: { ...written(garden), sendTo } });

  test("keeps it where it was written for", async () => {
    const { status, headers } = await goBack("/app/pages/new?title=Ferns");
    expect([status, headers.get("Location")]).toEqual([307, "/app/pages/new?title=Ferns"]);
    const Cookie = cookieOf(headers.get("Set-Cookie"));
    // What a browser does at a 307: the same method, the same body.
    const again = requestOf("/app/pages/new?title=Ferns", { form: written(garden), headers: { Cookie } });
    expect(await newPage({ request: again, params: {}, context: {} })).toMatchObject({ status: 303 });
    expect([await titlesIn(garden), await titlesIn(kitchen)]).toEqual([["Ferns"], []]);
  });

  test.for(["https://evil.example/app", "//evil.example", "/\\evil.example", "/sign-out", ""])(
    "leads to no other site: %s",
    async (sendTo) => {
      expect((await goBack(sendTo)).headers.get("Location")).toBe("/app");
    },
  );
});
