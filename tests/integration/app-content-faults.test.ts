import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type Answered, ask, type Handler, openApp, type TestApp, type TestMember } from "../support/app.ts";
import { type WrittenContent, writeContent } from "../support/written-content.ts";

let app: TestApp;
let member: TestMember;
let ids: WrittenContent["ids"];

beforeAll(async () => {
  app = await openApp();
});

afterAll(() => app.close());

beforeEach(async () => {
  ({ member, ids } = await writeContent(app));
});

const PAGE = { title: "My beds", markdown: "Mine.", parentId: "" };
const DOCUMENT = { title: "My beds", content: "Mine.", sourceUri: "" };
const ROW = { name: "name", value: "Mine", kind: "text" };

/** Keeps everybody from what people write, as a long transaction can, until the test lets go of it or ends. */
async function holdContent(): Promise<() => Promise<void>> {
  const session = await app.pool.connect();
  let held = true;
  const release = async () => {
    if (!held) return;
    held = false;
    await session.query("ROLLBACK");
    session.release();
  };
  onTestFinished(release);
  await session.query("BEGIN");
  await session.query("LOCK TABLE pages, documents, databases, database_rows IN ACCESS EXCLUSIVE MODE");
  return release;
}

/** Does something to the app's session that waits, as soon as there is one. */
async function toWaitingSession(what: "pg_cancel_backend" | "pg_terminate_backend"): Promise<void> {
  const done = async () => {
    const [row] = await app.query<{ count: number }>(
      `SELECT count(*) FILTER (WHERE ${what}(pid))::int AS count FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'halfvec-migration-app' AND wait_event_type = 'Lock'`,
    );
    return row?.count;
  };
  await expect.poll(done, { timeout: 30_000, interval: 20 }).toBe(1);
}

async function send(name: string, form: Record<string, string>, id: string): Promise<Answered> {
  const { action } = (await import(`../../app/routes/${name}.tsx`)) as { action: Handler };
  return await ask(action, "/", { as: member, params: { id }, form });
}

describe("a write that another transaction keeps waiting", { tags: ["server"] }, () => {
  test.for([
    ["app.pages.new", "page", PAGE, { values: PAGE }],
    ["app.pages.$id_.edit", "page", PAGE, { values: PAGE }],
    ["app.documents.new", "document", DOCUMENT, { values: DOCUMENT }],
    ["app.documents.$id_.edit", "document", DOCUMENT, { values: DOCUMENT }],
    ["app.databases._index", "database", { name: "Herbs" }, { name: "Herbs" }],
    ["app.databases.$id", "database", { name: "Herbs" }, { name: "Herbs" }],
    ["app.databases.$id_.new", "database", ROW, { fields: [ROW] }],
    ["app.rows.$id_.edit", "row", ROW, { fields: [ROW] }],
  ] as const)(
    "and that is cancelled gives the form of %s back, to be sent again",
    async ([name, thing, form, typed]) => {
      const release = await holdContent();
      const answer = send(name, form, ids[thing]);
      await toWaitingSession("pg_cancel_backend");
      expect(await answer).toMatchObject({
        status: 503,
        body: { ...typed, fault: expect.stringContaining("too busy, so nothing was saved"), problem: null },
      });
      await release();
      expect(await send(name, form, ids[thing])).toMatchObject({ status: 303 });
    },
  );

  test("and that loses its connection says that it may not have been saved", async () => {
    const release = await holdContent();
    const answer = send("app.documents.new", DOCUMENT, "");
    await toWaitingSession("pg_terminate_backend");
    expect(await answer).toMatchObject({
      status: 503,
      body: { values: DOCUMENT, fault: expect.stringContaining("may not have been saved") },
    });
    await release();
    expect(await send("app.documents.new", DOCUMENT, "")).toMatchObject({ status: 303 });
  });

  test("and that may not wait as long gives the form back", async () => {
    const { pool } = await import("../../app/db.server.ts");
    const client = await pool.connect();
    // The pool gives the next write the connection that came back last.
    await client.query("SET lock_timeout = '50ms'");
    client.release();
    onTestFinished(async () => void (await pool.query("RESET lock_timeout")));
    await holdContent();
    expect(await send("app.databases._index", { name: "Herbs" }, "")).toMatchObject({
      status: 503,
      body: { name: "Herbs", fault: expect.stringContaining("too busy") },
    });
  });
});
