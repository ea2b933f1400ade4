import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Answered, ask, type Handler, openApp, type TestApp, type TestMember } from "../support/app.ts";
import { wordProvider } from "../support/word-provider.ts";
import { type WrittenContent, writeContent } from "../support/written-content.ts";

interface EditRoute {
  loader: Handler;
  action: Handler;
}

let app: TestApp;
let routes: Record<"page" | "document" | "row", EditRoute>;
let member: TestMember;
let ids: WrittenContent["ids"];

beforeAll(async () => {
  app = await openApp();
  routes = {
    page: await import("../../app/routes/app.pages.$id_.edit.tsx"),
    document: await import("../../app/routes/app.documents.$id_.edit.tsx"),
    row: await import("../../app/routes/app.rows.$id_.edit.tsx"),
  };
});

afterAll(() => app.close());

beforeEach(async () => {
  ({ member, ids } = await writeContent(app));
});

/** A form as it is sent, each with what its field of one line and its field of the text are to say. */
const FORMS = {
  page: (title: string, text: string) => ({ title, markdown: text, parentId: "" }),
  document: (title: string, text: string) => ({ title, content: text, sourceUri: "" }),
  row: (title: string, text: string) => [
    ["name", "name"],
    ["value", title],
    ["kind", "text"],
    ["name", "about"],
    ["value", text],
    ["kind", "text"],
  ],
} as const;

type Thing = keyof typeof FORMS;

async function openedAt(thing: Thing): Promise<Date> {
  const { body } = await ask(routes[thing].loader, "/", { as: member, params: { id: ids[thing] } });
  return (body as { opened: Date }).opened;
}

function send(thing: Thing, [title, text]: readonly [string, string], opened?: Date): Promise<Answered> {
  const form = new URLSearchParams(FORMS[thing](title, text) as string[][]);
  if (opened !== undefined) form.set("opened", opened.toISOString());
  return ask(routes[thing].action, "/", { as: member, params: { id: ids[thing] }, form });
}

interface Refused {
  opened: Date;
  conflict: { updatedAt: Date; fields: { label: string; text: string }[] };
}

describe.each([
  ["page", ["Title", "Text"]],
  ["document", ["Title", "Source", "Text"]],
  ["row", ["name", "about"]],
] as const)("a %s that is edited", (thing, labels) => {
  test("is not written over what somebody else wrote meanwhile, and what was typed stays", async () => {
    const opened = await openedAt(thing);
    expect(await send(thing, ["Their name", "Theirs."], opened)).toMatchObject({ status: 303 });
    const refused = await send(thing, ["My name", "Mine."], opened);
    expect(refused.status).toBe(409);
    expect(refused.text).toContain("My name");
    expect(refused.text).toContain("Mine.");
    const { conflict, opened: now } = refused.body as Refused;
    expect(conflict.fields.map(({ label }) => label).sort()).toEqual([...labels].sort());
    expect(conflict.fields.map(({ text }) => text)).toEqual(
      expect.arrayContaining(["Their name", "Theirs."]),
    );
    expect(conflict.updatedAt).toEqual(await openedAt(thing));
    // Sent again it rests on what was shown.
    expect(await send(thing, ["My name", "Both."], now)).toMatchObject({ status: 303 });
    expect((await send(thing, ["x", "x"], now)).status).toBe(409);
  });

  test("keeps its version through a refused save", async () => {
    const opened = await openedAt(thing);
    await send(thing, ["Their name", "Theirs."], opened);
    const wrong = thing === "row" ? new URLSearchParams() : new URLSearchParams(FORMS[thing]("", "Mine."));
    wrong.set("opened", opened.toISOString());
    const params = { id: ids[thing] };
    const refused = await ask(routes[thing].action, "/", { as: member, params, form: wrong });
    expect(refused).toMatchObject({ status: 422, body: { opened, conflict: null } });
  });

  test("is the same version after it was indexed", async () => {
    const { indexPendingNow, reindexWorkspace } = await import(
      "../../app/services/rag/rag-indexing.server.ts"
    );
    const opened = await openedAt(thing);
    expect(await indexPendingNow(undefined, wordProvider())).toBeGreaterThan(2);
    await reindexWorkspace(member.workspaceId);
    await indexPendingNow(undefined, wordProvider("others"));
    expect(await send(thing, ["My name", "Mine."], opened)).toMatchObject({ status: 303 });
  });
});
