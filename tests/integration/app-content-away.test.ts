import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, type Handler, openApp, type TestApp, type TestMember } from "../support/app.ts";

let app: TestApp;
let member: TestMember;

beforeAll(async () => {
  // Nobody listens there: the app's database is away, the test's own is not.
  app = await openApp({ env: { DATABASE_URL: "postgresql://postgres@127.0.0.1:1/away" } });
  member = await app.addMember(await app.addWorkspace());
});

afterAll(() => app.close());

describe("while the database is away", () => {
  const PAGE = { title: "Beds", markdown: "Mine.", parentId: "" };
  /** As a workspace of many pages sends it. */
  const BENEATH = { parentName: "Rose", parentWas: "Roses" };
  const DOCUMENT = { title: "Beds", content: "Mine.", sourceUri: "" };
  const ROW = { name: "name", value: "Mine", kind: "text" };
  const opened = new Date(1_700_000_000_000);

  test.for([
    ["app.pages.new", PAGE, { values: { ...PAGE, parent: null } }],
    [
      "app.pages.$id_.edit",
      { ...PAGE, ...BENEATH, opened: opened.toISOString() },
      { values: { ...PAGE, parent: { name: "Rose", was: "Roses" } }, opened },
    ],
    ["app.documents.new", DOCUMENT, { values: DOCUMENT }],
    ["app.documents.$id_.edit", { ...DOCUMENT, opened: opened.toISOString() }, { values: DOCUMENT, opened }],
    ["app.databases._index", { name: "Plants" }, { name: "Plants" }],
    ["app.databases.$id", { name: "Plants" }, { name: "Plants" }],
    ["app.databases.$id_.new", ROW, { fields: [ROW] }],
    ["app.rows.$id_.edit", { ...ROW, opened: opened.toISOString() }, { fields: [ROW], opened }],
  ] as const)("the form of %s comes back as it was typed", async ([name, form, typed]) => {
    const { action } = (await import(`../../app/routes/${name}.tsx`)) as { action: Handler };
    const params = { id: "00000000-0000-4000-8000-000000000000" };
    const { status, body } = await ask(action, "/", { as: member, params, form });
    expect(status).toBe(503);
    expect(body).toEqual({
      problem: null,
      conflict: null,
      opened: undefined,
      fault: expect.stringContaining("could not be reached"),
      ...typed,
    });
  });

  test("a form that deletes is refused with the reason", async () => {
    const { action } = await import("../../app/routes/app.pages.$id_.edit.tsx");
    const params = { id: "00000000-0000-4000-8000-000000000000" };
    const { status, body } = await ask(action, "/", { as: member, params, form: { intent: "delete" } });
    expect(status).toBe(503);
    expect(body).not.toHaveProperty("values");
  });

  test("files that are sent are not taken, and nothing is said to be imported", async () => {
    const { action } = await import("../../app/routes/app.import.tsx");
    const form = new FormData();
    form.append("files", new File(["# Beds"], "beds.md"));
    const { status, body } = await ask(action, "/", { as: member, form });
    expect({ status, body }).toEqual({
      status: 503,
      body: { result: null, fault: expect.stringContaining("could not be reached") },
    });
  });
});
