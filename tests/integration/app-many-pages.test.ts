import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Answered, ask, type Handler, openApp, type TestApp, type TestMember } from "../support/app.ts";

/** Bytes of what a loader answers about any of these workspaces. */
const BOUND = 32_000;

let app: TestApp;
let list: Handler;
let read: Handler;
let newPage: { loader: Handler; action: Handler };
let editPage: { loader: Handler; action: Handler };

beforeAll(async () => {
  app = await openApp();
  list = (await import("../../app/routes/app.pages._index.tsx")).loader;
  read = (await import("../../app/routes/app.pages.$id.tsx")).loader;
  newPage = await import("../../app/routes/app.pages.new.tsx");
  editPage = await import("../../app/routes/app.pages.$id_.edit.tsx");
});

afterAll(() => app.close());

interface Listed {
  page: number;
  pages: number | null;
  list: {
    way: { title: string }[];
    pages?: { id: string; title: string; pagesUnder: number }[];
    outline?: { page: { title: string }; children: unknown[] }[];
  };
}

/** A workspace with so many pages at the top, of which the first have so many under each. */
async function plantPages(counts: { top: number; parents: number; each: number }) {
  const workspace = await app.addWorkspace("Library");
  const { top, parents, each } = counts;
  await app.query(
    "INSERT INTO pages (workspace_id, title) SELECT $1, 'Shelf ' || n FROM generate_series(1, $2::int) AS n",
    [workspace, top],
  );
  await app.query(
    `INSERT INTO pages (workspace_id, parent_id, title)
     SELECT $1, p.id, 'Book ' || n || ' of ' || p.title
     FROM generate_series(1, $3::int) AS n, pages p
     WHERE p.workspace_id = $1 AND p.title IN (SELECT 'Shelf ' || i FROM generate_series(1, $2::int) AS i)`,
    [workspace, parents, each],
  );
  return { workspace, member: await app.addMember(workspace) };
}

const idOf = async (workspace: string, title: string) =>
  (await app.query("SELECT id FROM pages WHERE workspace_id = $1 AND title = $2", [workspace, title]))[0]
    ?.id as string;

const titlesOf = ({ list: { pages } }: Listed) => pages?.map(({ title }) => title);

describe("of 10,000 pages", () => {
  let member: TestMember;
  let workspace: string;
  let shelf: string;

  beforeAll(async () => {
    ({ workspace, member } = await plantPages({ top: 5_000, parents: 2, each: 2_500 }));
    shelf = await idOf(workspace, "Shelf 2");
  });

  async function listed(search: string): Promise<Listed> {
    const { status, text } = await ask(list, `/app/pages${search}`, { as: member });
    expect(status).toBe(200);
    expect(text.length).toBeLessThan(BOUND);
    return JSON.parse(text);
  }

  test("the list shows a part of those at the top, numbers by their size, each with how many are under it", async () => {
    const first = await listed("");
    expect(titlesOf(first)).toEqual(Array.from({ length: 50 }, (_, n) => `Shelf ${n + 1}`));
    expect(first.list.pages?.map(({ pagesUnder }) => pagesUnder).slice(0, 3)).toEqual([2500, 2500, 0]);
    expect([first.page, first.pages]).toEqual([1, 100]);
    const last = await listed("?page=100");
    expect(titlesOf(last)?.at(-1)).toBe("Shelf 5000");
    expect([last.page, last.pages]).toEqual([100, 100]);
    const after = await listed("?page=101");
    expect([titlesOf(after), after.pages]).toEqual([[], null]);
  });

  test("those under a page are a list of their own, in pages too", async () => {
    const second = await listed(`?under=${shelf}&page=2`);
    expect(second.list.way.map(({ title }) => title)).toEqual(["Shelf 2"]);
    expect(titlesOf(second)?.[0]).toBe("Book 51 of Shelf 2");
    expect([second.page, second.pages]).toEqual([2, 50]);
    expect(titlesOf(await listed(`?under=${shelf}&page=50`))?.at(-1)).toBe("Book 2500 of Shelf 2");
  });

  test("no more are read than were asked for, to know whether they are few", async () => {
    const { listPages } = await import("../../app/services/content/page-lists.server.ts");
    const few = await listPages(workspace, { limit: 201 });
    expect([few.length, few[0]?.title]).toEqual([201, "Book 1 of Shelf 1"]);
  });

  test("a page shows the first of those under it, and that there are more", async () => {
    const { text } = await ask(read, `/app/pages/${shelf}`, { as: member, params: { id: shelf } });
    expect(text.length).toBeLessThan(BOUND);
    const { page } = JSON.parse(text);
    expect(page.under).toHaveLength(20);
    expect(page.under[0]).toMatchObject({ title: "Book 1 of Shelf 2" });
    expect(page.countUnder).toBe(2_500);
  });

  test("the forms suggest some, those first that have pages under them", async () => {
    const blank = await ask(newPage.loader, `/app/pages/new?under=${shelf}`, { as: member });
    const edit = await ask(editPage.loader, "/", { as: member, params: { id: shelf } });
    for (const { text } of [blank, edit]) expect(text.length).toBeLessThan(BOUND);
    expect(blank.body).toMatchObject({
      values: { parentId: shelf, parent: { name: "Shelf 2", was: "Shelf 2" } },
    });
    const names = ({ body }: Answered) => (body as { parents: { names: string[] } }).parents.names;
    expect(names(blank)).toHaveLength(200);
    expect(names(blank).slice(0, 2).sort()).toEqual(["Shelf 1", "Shelf 2"]);
    expect(names(edit)).toHaveLength(200);
    expect(names(edit).filter((name) => name.endsWith("Shelf 2"))).toEqual([]);
  });
});

describe("where pages are chosen by their names", () => {
  let member: TestMember;
  let workspace: string;
  let beds: string;
  let roses: string;

  beforeEach(async () => {
    ({ workspace, member } = await plantPages({ top: 200, parents: 0, each: 0 }));
    beds = await keep({ title: "Beds" });
    roses = await keep({ title: "Roses", parentName: "  beds " });
  });

  const send = (fields: Record<string, string>, id?: string) =>
    ask((id === undefined ? newPage : editPage).action, "/", {
      as: member,
      form: { markdown: "", parentId: "", parentName: "", parentWas: "", ...fields },
      params: id === undefined ? {} : { id },
    });

  async function keep(fields: Record<string, string>, id?: string): Promise<string> {
    const { status, headers, text } = await send(fields, id);
    expect(status, text).toBe(303);
    return headers.get("Location")?.split("/").at(-1) ?? "";
  }

  const parentOf = async (id: string) =>
    (await app.query("SELECT parent_id FROM pages WHERE id = $1", [id]))[0]?.parent_id;

  async function refused(fields: Record<string, string>, id?: string): Promise<string> {
    const before = await app.query("SELECT id, parent_id FROM pages WHERE workspace_id = $1 ORDER BY id", [
      workspace,
    ]);
    const { status, body } = await send(fields, id);
    const { problem, values } = body as {
      problem: { field: string; message: string };
      values: { title: string; parent: { name: string } };
    };
    expect({ status, field: problem.field }).toEqual({ status: 422, field: "parentId" });
    expect([values.title, values.parent.name]).toEqual([fields.title, fields.parentName]);
    expect(
      await app.query("SELECT id, parent_id FROM pages WHERE workspace_id = $1 ORDER BY id", [workspace]),
    ).toEqual(before);
    return problem.message;
  }

  test("a title, its end of the way or an address is enough, and nothing is the top", async () => {
    expect(await parentOf(roses)).toBe(beds);
    for (const parentName of [
      "Roses",
      "ROSES",
      "Beds / Roses",
      "Pages / Beds / Roses",
      `https://wiki.test/app/pages/${roses}#soil`,
    ]) {
      expect(await parentOf(await keep({ title: "Old roses", parentName }))).toBe(roses);
    }
    expect(await parentOf(await keep({ title: "Top", parentName: " " }))).toBeNull();
    await keep({ title: "Roses", parentId: beds, parentWas: "Beds", parentName: "" }, roses);
    expect(await parentOf(roses)).toBeNull();
  });

  test("a title with a stroke in it is one", async () => {
    const both = await keep({ title: "Trees / Shrubs" });
    expect(await parentOf(await keep({ title: "Box", parentName: "trees / shrubs" }))).toBe(both);
  });

  test("an unknown title is told, and what was typed stays", async () => {
    expect(await refused({ title: "A", parentName: "Tulips" })).toContain("There is no page “Tulips”.");
    expect(await refused({ title: "A", parentName: "Shelf 1 / Roses" })).toContain("There is no page");
    expect(await refused({ title: "A", parentName: "x".repeat(2_000) })).toContain("There is no page");
    expect(await refused({ title: "A", parentName: `/app/pages/${randomUUID()}` })).toContain("no such page");
    const elsewhere = await app.addWorkspace();
    await app.query("INSERT INTO pages (workspace_id, title) VALUES ($1, 'Foreign')", [elsewhere]);
    expect(await refused({ title: "A", parentName: "Foreign" })).toContain("There is no page “Foreign”.");
    const foreign = await idOf(elsewhere, "Foreign");
    expect(await refused({ title: "A", parentName: `/app/pages/${foreign}` })).toContain("no such page");
  });

  test("a title that several have is told with where they stand", async () => {
    const top = await keep({ title: "roses" });
    expect(await refused({ title: "A", parentName: "Roses" })).toBe(
      "Two pages are called “Roses”. Say where yours stands, as in “Pages / Beds / Roses” or “Pages / roses”, or paste its address.",
    );
    expect(await parentOf(await keep({ title: "A", parentName: "Pages / Roses" }))).toBe(top);
    expect(await parentOf(await keep({ title: "B", parentName: "beds / roses" }))).toBe(roses);
    await keep({ title: "Roses", parentName: "Beds" });
    expect(await refused({ title: "C", parentName: "Beds / Roses" })).toContain(
      "Two pages are called “Beds / Roses”. Paste the address of the one that you mean.",
    );
    for (const parentName of ["Shelf 1", "Shelf 2"]) await keep({ title: "Roses", parentName });
    expect(await refused({ title: "C", parentName: "Roses" })).toContain("More than 3 pages are called");
  });

  test("a page does not come under itself or what is under it", async () => {
    const leaf = await keep({ title: "Leaf", parentName: "Roses" });
    for (const parentName of ["Beds", "Roses", "Leaf", `/app/pages/${leaf}`]) {
      expect(await refused({ title: "Beds", parentName }, beds)).toContain("cannot stand under itself");
    }
    const { body } = await ask(editPage.loader, "/", { as: member, params: { id: beds } });
    const { names } = (body as { parents: { names: string[] } }).parents;
    expect(names.filter((name) => /Beds|Roses|Leaf/.test(name))).toEqual([]);
    expect(names).toContain("Shelf 1");
  });

  test("the page above stays the same while its name is not touched, whatever it is called meanwhile", async () => {
    await keep({ title: "Roses" });
    const id = await keep({ title: "Leaf", parentName: "Beds / Roses" });
    const { body } = await ask(editPage.loader, "/", { as: member, params: { id } });
    const { parentId, parent } = (
      body as { values: { parentId: string; parent: { name: string; was: string } } }
    ).values;
    expect([parentId, parent.name]).toEqual([roses, "Pages / Beds / Roses"]);
    await app.query("UPDATE pages SET title = 'Renamed' WHERE id = $1", [roses]);
    await keep({ title: "Leaf", parentId, parentName: parent.name, parentWas: parent.was }, id);
    expect(await parentOf(id)).toBe(roses);
  });

  test("pages in a circle are in the list, and the way to one of them ends", async () => {
    await app.query("UPDATE pages SET parent_id = $2 WHERE id = $1", [beds, roses]);
    const first = (await ask(list, "/app/pages", { as: member })).body as Listed;
    expect(titlesOf(first)?.[0]).toBe("Beds");
    const under = (await ask(list, `/app/pages?under=${beds}`, { as: member })).body as Listed;
    expect([under.list.way.map(({ title }) => title), titlesOf(under)]).toEqual([
      ["Roses", "Beds"],
      ["Roses"],
    ]);
    await keep({ title: "Roses", parentId: beds, parentWas: "Beds", parentName: "" }, roses);
    expect(titlesOf((await ask(list, "/app/pages", { as: member })).body as Listed)?.[0]).toBe("Roses");
  });
});

describe("up to 200 pages", () => {
  test("are shown as one outline and offered as a list, more are not", async () => {
    const { workspace, member } = await plantPages({ top: 100, parents: 1, each: 100 });
    const list200 = (await ask(list, "/app/pages", { as: member })).body as Listed;
    expect(list200.list.outline?.map(({ children }) => children.length).slice(0, 2)).toEqual([100, 0]);
    const offered = async () =>
      (await ask(newPage.loader, "/app/pages/new", { as: member })).body as {
        parents: { pages?: unknown[] };
        values: { parent: unknown };
      };
    expect((await offered()).parents.pages).toHaveLength(200);
    expect((await offered()).values.parent).toBeNull();
    await app.query("INSERT INTO pages (workspace_id, title) VALUES ($1, 'One more')", [workspace]);
    const list201 = (await ask(list, "/app/pages", { as: member })).body as Listed;
    expect(list201.list).not.toHaveProperty("outline");
    expect((await offered()).parents.pages).toBeUndefined();
  });

  test("under a page that is not there, or somebody else's, are nowhere", async () => {
    const { member } = await plantPages({ top: 1, parents: 0, each: 0 });
    const other = await plantPages({ top: 1, parents: 1, each: 1 });
    const foreign = await idOf(other.workspace, "Shelf 1");
    for (const under of [foreign, randomUUID(), "x", ""]) {
      expect(await ask(list, `/app/pages?under=${under}`, { as: member })).toMatchObject({ status: 404 });
    }
    expect((await ask(list, `/app/pages?under=${foreign}`, { as: other.member })).status).toBe(200);
  });
});
