import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROUTES, type Route, type Write } from "../support/access-routes.ts";
import {
  type Answered,
  type Asked,
  ask,
  type Handler,
  openApp,
  type TestApp,
  type TestMember,
} from "../support/app.ts";
import { contentsOf, type PlantedWorkspace, plantWorkspace } from "../support/planted-workspace.ts";

const IMPORTS = import.meta.glob<{ loader?: Handler; action?: Handler }>([
  "../../app/routes/*.{ts,tsx}",
  "!**/*.test.*",
]);
const SCOPED = Object.entries(ROUTES).filter(
  (entry): entry is [string, Route] => typeof entry[1] !== "string",
);
const isApi = (file: string) => file.startsWith("api.");
const API = SCOPED.filter(([file]) => isApi(file));
const SHOWING = SCOPED.filter(([, { shows = false }]) => shows);
const WRITING = SCOPED.flatMap(([file, route]) => {
  const { writes = [] } = route;
  return writes.length > 0 ? [[file, { ...route, writes }] as const] : [];
});

let app: TestApp;
let ours: PlantedWorkspace;
let stranger: TestMember;
let strangersKey: string;
let modules: Record<string, { loader?: Handler; action?: Handler } | undefined>;

beforeAll(async () => {
  app = await openApp();
  const load = async (path: string) => [path.split("/").at(-1) ?? "", await IMPORTS[path]?.()] as const;
  modules = Object.fromEntries(await Promise.all(Object.keys(IMPORTS).map(load)));
  ours = await plantWorkspace(app);
  const { indexPendingNow } = await import("../../app/services/rag/rag-indexing.server.ts");
  await indexPendingNow();
  const theirs = await app.addWorkspace("Elsewhere");
  // An admin there, so that no refusal is for want of the role.
  stranger = await app.addMember(theirs, { role: "admin" });
  strangersKey = await app.addApiKey(theirs);
});

afterAll(() => app.close());

/** Puts the ids of a workspace where their names stand. */
function filled<Value>(value: Value, { ids }: PlantedWorkspace): Value {
  const text = JSON.stringify(value).replace(
    /:(\w+)/g,
    (name, thing: keyof typeof ids) => ids[thing] ?? name,
  );
  return JSON.parse(text) as Value;
}

/** What the router takes from an address: all our routes call it `id`. */
function paramsOf(address: string, { ids }: PlantedWorkspace): Record<string, string> {
  const name = /^[^?]*:(\w+)/.exec(address)?.[1] as keyof typeof ids | undefined;
  return name === undefined ? {} : { id: ids[name] };
}

function read(file: string, { address }: Route, of: PlantedWorkspace, asked: Asked): Promise<Answered> {
  const loader = modules[file]?.loader;
  if (loader === undefined) throw new Error(`${file} has no loader`);
  return ask(loader, filled(address, of), { params: paramsOf(address, of), ...asked });
}

function write(
  file: string,
  { address }: Route,
  sent: Write,
  of: PlantedWorkspace,
  asked: Asked,
): Promise<Answered> {
  const action = modules[file]?.action;
  if (action === undefined) throw new Error(`${file} has no action`);
  const { form, file: upload, json } = filled(sent, of);
  const files = new FormData();
  if (upload !== undefined) files.append("files", new File([upload.text], upload.name));
  const body = json === undefined ? { form: upload === undefined ? form : files } : { json };
  return ask(action, filled(address, of), {
    params: paramsOf(address, of),
    ...body,
    ...asked,
    headers: { Accept: "application/json", ...asked.headers },
  });
}

/** The status, and whatever an answer has of the workspace that it must have nothing of. */
function told({ status, headers, text }: Answered): { status: number; leaks: string[] } {
  const all = `${JSON.stringify([...headers])}\n${text}`;
  return { status, leaks: all.includes(ours.mark) ? [all] : [] };
}

/** Does something that must not change anything of our workspace, nor tie another one to it. */
async function withoutChange(work: () => Promise<void>): Promise<void> {
  const before = await contentsOf(app, ours.id);
  await work();
  expect(await contentsOf(app, ours.id)).toEqual(before);
  const ties = await app.query(
    `SELECT a.id FROM pages a JOIN pages b ON b.id = a.parent_id WHERE a.workspace_id <> b.workspace_id
     UNION ALL
     SELECT a.id FROM page_links l JOIN pages a ON a.id = l.source_page_id JOIN pages b ON b.id = l.target_page_id
     WHERE a.workspace_id <> b.workspace_id`,
  );
  expect(ties).toEqual([]);
}

test("every route is tried here, with all that it does", () => {
  expect(Object.keys(ROUTES).sort()).toEqual(Object.keys(modules).sort());
  const does = (file: string) => ({
    reads: "loader" in (modules[file] ?? {}),
    writes: "action" in (modules[file] ?? {}),
  });
  const tried = SCOPED.map(([file, { writes = [] }]) => [file, { reads: true, writes: writes.length > 0 }]);
  expect(Object.fromEntries(tried)).toEqual(Object.fromEntries(SCOPED.map(([file]) => [file, does(file)])));
});

describe("who is not signed in is answered by nothing in", () => {
  test.for(SCOPED)("%s", ([file, route]) =>
    withoutChange(async () => {
      const headers = { Accept: "application/json" };
      const answers = [await read(file, route, ours, { headers })];
      for (const sent of route.writes ?? []) answers.push(await write(file, route, sent, ours, { headers }));
      for (const answer of answers) {
        const place = answer.headers.get("Location") ?? "";
        expect(told(answer).leaks).toEqual([]);
        // A page that only leads elsewhere leads there without a session too.
        expect(isApi(file) ? `${answer.status}` : place).toMatch(
          isApi(file) ? /^401$/ : /^\/(sign-in(\?to=|$)|app$)/,
        );
      }
    }),
  );
});

describe("a member of another workspace", () => {
  test.for(SCOPED)("is told nothing of ours by %s", ([file, route]) =>
    withoutChange(async () => {
      const answer = await read(file, route, ours, { as: stranger });
      expect(told(answer)).toEqual({ status: route.stranger ?? 404, leaks: [] });
    }),
  );

  test.for(WRITING)("changes nothing of ours through %s", ([file, route]) =>
    withoutChange(async () => {
      for (const sent of route.writes) {
        const answer = await write(file, route, sent, ours, { as: stranger });
        expect({ sent, ...told(answer) }).toEqual({ sent, status: sent.stranger ?? 404, leaks: [] });
      }
    }),
  );

  test("does not put a page of theirs below one of ours", () =>
    withoutChange(async () => {
      const { createPage } = await import("../../app/services/content/pages.server.ts");
      const id = await createPage(stranger.workspaceId, {
        title: "Mine",
        markdown: `See [[Ferns ${ours.mark}]].`,
      });
      const action = modules["app.pages.$id_.edit.tsx"]?.action as Handler;
      const form = { title: "Mine", markdown: "Mine", parentId: ours.ids.page };
      const answer = await ask(action, `/app/pages/${id}/edit`, { params: { id }, as: stranger, form });
      expect(told(answer)).toEqual({ status: 422, leaks: [] });
    }));
});

test.for(API)("a key of another workspace opens nothing of ours in %s", ([file, route]) =>
  withoutChange(async () => {
    const answer = await read(file, route, ours, { key: strangersKey });
    expect(told(answer)).toEqual({ status: route.strangersKey ?? route.stranger ?? 404, leaks: [] });
    for (const sent of route.writes ?? []) {
      const written = await write(file, route, sent, ours, { key: strangersKey });
      expect({ sent, ...told(written) }).toEqual({ sent, status: sent.stranger ?? 404, leaks: [] });
    }
  }),
);

test.for(WRITING)("what another site sends in a member's name is not done by %s", ([file, route]) =>
  withoutChange(async () => {
    const headers = { "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" };
    for (const sent of route.writes) {
      const answer = await write(file, route, sent, ours, { as: ours.admin, headers });
      expect({ sent, ...told(answer) }).toEqual({ sent, status: 403, leaks: [] });
    }
  }),
);

// Else the refusals above would say nothing: the same requests must be such as are answered.
describe("who belongs there", () => {
  test.for(SHOWING)("is shown ours by %s", async ([file, route]) => {
    const { status, text } = await read(file, route, ours, { as: ours.admin });
    expect({ status, shows: text.includes(ours.mark) }).toEqual({ status: 200, shows: true });
  });

  test.for(SHOWING.filter(([file]) => isApi(file)))(
    "and has a key is shown ours by %s",
    async ([file, route]) => {
      const { status, text } = await read(file, route, ours, { key: ours.key });
      expect({ status, shows: text.includes(ours.mark) }).toEqual({ status: 200, shows: true });
    },
  );

  test.for(WRITING)("changes ours through %s", async ([file, route]) => {
    for (const sent of route.writes) {
      const place = await plantWorkspace(app);
      const { status, text } = await write(file, route, sent, place, { as: place.admin });
      // What a stranger may do in a workspace of theirs is answered alike.
      expect({ sent, text, taken: status < 400 || status === sent.stranger }).toMatchObject({
        sent,
        taken: true,
      });
    }
  });
});
