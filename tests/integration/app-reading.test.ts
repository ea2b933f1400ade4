import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { PageToRead } from "../../app/services/reading/read-page-view.server.ts";
import type { RowToRead } from "../../app/services/reading/read-row-view.server.ts";
import type { RowTable } from "../../app/services/reading/row-columns.ts";
import { type Answered, ask, type Handler, openApp, type TestApp, type TestMember } from "../support/app.ts";

let app: TestApp;
let routes: Record<
  "page" | "newPage" | "editPage" | "row" | "newRow" | "editRow" | "database" | "document",
  Route
>;
let workspace: string;
let member: TestMember;

interface Route {
  loader: Handler;
  action?: Handler;
}

beforeAll(async () => {
  app = await openApp();
  routes = {
    page: await import("../../app/routes/app.pages.$id.tsx"),
    newPage: await import("../../app/routes/app.pages.new.tsx"),
    editPage: await import("../../app/routes/app.pages.$id_.edit.tsx"),
    row: await import("../../app/routes/app.rows.$id.tsx"),
    newRow: await import("../../app/routes/app.databases.$id_.new.tsx"),
    editRow: await import("../../app/routes/app.rows.$id_.edit.tsx"),
    database: await import("../../app/routes/app.databases.$id.tsx"),
    document: await import("../../app/routes/app.documents.$id.tsx"),
  };
});

afterAll(() => app.close());

beforeEach(async () => {
  workspace = await app.addWorkspace("Garden");
  member = await app.addMember(workspace);
});

/** What a loader returned, by name. */
async function read<Name extends string, Thing>(
  name: Name,
  route: Route,
  id: string,
  search = "",
): Promise<Thing> {
  const { status, body } = await ask(route.loader, `/${search}`, { as: member, params: { id } });
  expect(status).toBe(200);
  return (body as Record<Name, Thing>)[name];
}

const readPage = (id: string) => read<"page", PageToRead>("page", routes.page, id);

function send(route: Route, form: Record<string, string>, id?: string): Promise<Answered> {
  return ask(route.action as Handler, "/", { as: member, form, params: id === undefined ? {} : { id } });
}

/** Sends a form that is kept. @returns the id at the end of the address that it leads to */
async function sendKept(route: Route, form: Record<string, string>, id?: string): Promise<string> {
  const { status, headers } = await send(route, form, id);
  expect(status).toBe(303);
  return headers.get("Location")?.split("/").at(-1) ?? "";
}

describe("a page", () => {
  test("is shown with its links, those above it and those under it", async () => {
    const top = await sendKept(routes.newPage, { title: "Garden", markdown: "" });
    const roses = await sendKept(routes.newPage, { title: "Roses", markdown: "Red.", parentId: top });
    const markdown = `See [[roses]], [[Tulips]] and [it](/app/pages/${roses}#Pruning%20them).\n\n## Soil`;
    const soil = await sendKept(routes.newPage, { title: "Beds", markdown, parentId: top });
    const page = await readPage(soil);
    expect(page).toMatchObject({
      title: "Beds",
      origin: null,
      above: [{ id: top, title: "Garden" }],
      under: [],
    });
    const [paragraph, heading] = page.text;
    expect(heading).toMatchObject({ type: "heading", id: "soil", level: 2 });
    const links = JSON.parse(JSON.stringify(paragraph)).children.flatMap(
      (part: { href?: string }) => part.href ?? [],
    );
    expect(links).toEqual([
      `/app/pages/${roses}`,
      "/app/pages/new?title=Tulips",
      `/app/pages/${roses}#pruning-them`,
    ]);
    expect((await readPage(top)).under.map(({ title }) => title)).toEqual(["Beds", "Roses"]);
  });

  test("keeps the address of a passage when another one is edited, and says that it is not indexed yet", async () => {
    const id = await sendKept(routes.newPage, { title: "Beds", markdown: "First.\n\nSecond." });
    const before = await readPage(id);
    await sendKept(routes.editPage, { title: "Beds", markdown: "New.\n\nFirst.\n\nSecond, longer." }, id);
    const after = await readPage(id);
    expect(before.indexing).toBe("waiting");
    const [first, second] = before.text.map((node) => "id" in node && node.id);
    expect(after.text.map((node) => "id" in node && node.id)).toEqual([expect.any(String), first, second]);
  });

  test("is not written over by who opened it before somebody else changed it", async () => {
    const id = await sendKept(routes.newPage, { title: "Beds", markdown: "Old." });
    const opened = `${(await readPage(id)).updatedAt?.toISOString()}`;
    await sendKept(routes.editPage, { title: "Beds", markdown: "Theirs.", opened }, id);
    const refused = await send(routes.editPage, { title: "My beds", markdown: "Mine.", opened }, id);
    expect(refused).toMatchObject({
      status: 409,
      body: {
        values: { title: "My beds", markdown: "Mine." },
        conflict: { fields: [{ text: "Beds" }, { text: "Theirs." }] },
      },
    });
    const { conflict } = refused.body as { conflict: { updatedAt: Date } };
    const again = { title: "My beds", markdown: "Both.", opened: conflict.updatedAt.toISOString() };
    await sendKept(routes.editPage, again, id);
    expect(await readPage(id)).toMatchObject({ title: "My beds", text: [{ children: ["Both."] }] });
  });

  test("whose form cannot be kept gives it back with the reason", async () => {
    const id = await sendKept(routes.newPage, { title: "Beds", markdown: "Old." });
    expect(await send(routes.newPage, { title: " ", markdown: "Text" })).toMatchObject({
      status: 422,
      body: { problem: { field: "title" }, values: { title: " ", markdown: "Text", parentId: "" } },
    });
    expect(await send(routes.editPage, { title: "Beds", markdown: "", parentId: id }, id)).toMatchObject({
      status: 422,
      body: { problem: { field: "parentId" } },
    });
  });

  test("is gone after it was deleted, and those under it have moved up", async () => {
    const top = await sendKept(routes.newPage, { title: "Garden", markdown: "" });
    const middle = await sendKept(routes.newPage, { title: "Beds", markdown: "", parentId: top });
    const leaf = await sendKept(routes.newPage, { title: "Roses", markdown: "", parentId: middle });
    expect(await sendKept(routes.editPage, { intent: "delete" }, middle)).toBe("pages");
    expect(await ask(routes.page.loader, "/", { as: member, params: { id: middle } })).toMatchObject({
      status: 404,
    });
    expect(await send(routes.editPage, { intent: "delete" }, middle)).toMatchObject({ status: 404 });
    expect((await readPage(leaf)).above.map(({ id }) => id)).toEqual([top]);
  });

  test("of which only the embedded text is there is shown by that, in its own workspace alone", async () => {
    const pageId = randomUUID();
    await app.query(
      `INSERT INTO page_embeddings (page_id, workspace_id, chunk_index, chunk_text)
       VALUES ($1, $2, 1, 'later'), ($1, $2, 0, 'first')`,
      [pageId, workspace],
    );
    expect(await readPage(pageId)).toMatchObject({
      title: "",
      updatedAt: null,
      text: [{ children: ["first"] }, { children: ["later"] }],
    });
    const stranger = await app.addMember(await app.addWorkspace());
    expect(await ask(routes.page.loader, "/", { as: stranger, params: { id: pageId } })).toMatchObject({
      status: 404,
    });
  });

  test.each(["1", "new2", "%00", `${"a".repeat(36)}`])("with the id %s is nowhere", async (id) => {
    expect(await ask(routes.page.loader, "/", { as: member, params: { id } })).toMatchObject({ status: 404 });
  });
});

describe("a database", () => {
  async function addDatabase(): Promise<string> {
    const id = randomUUID();
    await app.query("INSERT INTO databases (id, workspace_id, name) VALUES ($1, $2, 'Plants')", [
      id,
      workspace,
    ]);
    return id;
  }

  const fern = { name: "name", kind: "text", value: "Fern" };

  test("takes rows as its form sends them, and shows them by their names", async () => {
    const id = await addDatabase();
    const rowId = await sendKept(routes.newRow, fern, id);
    expect(await read<"row", RowToRead>("row", routes.row, rowId)).toMatchObject({
      title: "Fern",
      database: { id, name: "Plants" },
      properties: [{ name: "name", value: "Fern" }],
      indexing: "waiting",
    });
    expect(
      await send(routes.editRow, { name: "height", kind: "number", value: "tall" }, rowId),
    ).toMatchObject({
      status: 422,
      body: { problem: { field: "properties" }, fields: [{ name: "height", value: "tall" }] },
    });
    await sendKept(routes.editRow, { name: "height", kind: "number", value: "0.5" }, rowId);
    expect(await app.query("SELECT properties FROM database_rows WHERE id = $1", [rowId])).toEqual([
      { properties: { height: 0.5 } },
    ]);
    expect(await sendKept(routes.editRow, { intent: "delete" }, rowId)).toBe(id);
  });

  test("is shown in pages", async () => {
    const id = await addDatabase();
    await app.query(
      `INSERT INTO database_rows (database_id, properties, created_at)
       SELECT $1, jsonb_build_object('name', 'row ' || n), now() - n * interval '1 second'
       FROM generate_series(1, 51) AS n`,
      [id],
    );
    const shown = async (search: string) => {
      const { body } = await ask(routes.database.loader, `/${search}`, { as: member, params: { id } });
      const { table, page, pages } = body as { table: RowTable; page: number; pages: number };
      return { count: table.rows.length, last: table.rows.at(-1)?.cells, page, pages };
    };
    expect(await shown("")).toEqual({ count: 50, last: ["row 50"], page: 1, pages: 2 });
    expect(await shown("?page=2")).toEqual({ count: 1, last: ["row 51"], page: 2, pages: 2 });
    expect(await shown("?page=3")).toEqual({ count: 0, last: undefined, page: 3, pages: 2 });
    for (const page of ["0", "-1", "x", "1.5", "9e99"])
      expect(await shown(`?page=${page}`)).toMatchObject({ page: 1 });
  });
});

test("a document leads to its source only where that is an address on the web", async () => {
  const add = async (source: string) => {
    const id = randomUUID();
    await app.query(
      "INSERT INTO documents (id, workspace_id, title, content, source_uri) VALUES ($1, $2, 'Roses', E'Roses\\nRed.', $3)",
      [id, workspace, source],
    );
    return read<"document", { sourceAddress: string | null; content: string }>(
      "document",
      routes.document,
      id,
    );
  };
  expect(await add("https://x.test/a")).toMatchObject({ sourceAddress: "https://x.test/a", content: "Red." });
  expect(await add("javascript:alert(1)")).toMatchObject({ sourceAddress: null });
});
