import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { LoaderFunctionArgs } from "@remix-run/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { guardedDatabase, recorded } from "../support/guarded-database.ts";
import { MALFORMED_IDS, SQL } from "../support/malformed-values.ts";

type Loader = (parameters: LoaderFunctionArgs) => Promise<unknown>;

const database = guardedDatabase();
let before: unknown;
let provider: Server;
let embedded = 0;
let api: Loader;
let page: Loader;
const views: Record<string, Loader> = {};
let cookie = "";
let key = "";
let closePool: () => Promise<void>;

// The app reads its configuration when it is loaded: so it is loaded here, with a database and a provider of its own.
beforeAll(async () => {
  provider = createServer((_, response) => {
    embedded++;
    const embedding = Buffer.from(new Float32Array(1536).fill(0.5).buffer).toString("base64");
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ object: "list", data: [{ object: "embedding", index: 0, embedding }] }));
  });
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  process.env.DATABASE_URL = database.url;
  process.env.EMBEDDING_PROVIDER = "openai";
  process.env.OPENAI_API_KEY = "sk-test";
  process.env.OPENAI_BASE_URL = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`;
  process.env.SESSION_SECRET = "a secret of these tests and longer than 32 characters";
  api = (await import("../../app/routes/api.search.ts")).loader;
  page = (await import("../../app/routes/app._index.tsx")).loader;
  views.pages = (await import("../../app/routes/app.pages.$id.tsx")).loader;
  views.databases = (await import("../../app/routes/app.databases.$id.tsx")).loader;
  views.rows = (await import("../../app/routes/app.rows.$id.tsx")).loader;
  views.documents = (await import("../../app/routes/app.documents.$id.tsx")).loader;
  await letSomebodyIn();
  const { pool } = await import("../../app/db.server.ts");
  closePool = () => pool.end();
  before = await database.contents();
});

/** A workspace with a member who is signed in, and with an API key. */
async function letSomebodyIn(): Promise<void> {
  const [workspaceId, userId] = [randomUUID(), randomUUID()];
  await database.query("INSERT INTO workspaces (id, name) VALUES ($1, 'Garden')", [workspaceId]);
  await database.query(
    "INSERT INTO users (id, email, password_hash, password_chosen_at) VALUES ($1, 'a@example.com', '', now())",
    [userId],
  );
  await database.query("INSERT INTO memberships (user_id, workspace_id) VALUES ($1, $2)", [
    userId,
    workspaceId,
  ]);
  const { sessionCookie } = await import("../../app/services/access/session-cookie.server.ts");
  const { createApiKey } = await import("../../app/services/access/api-keys.server.ts");
  cookie = await sessionCookie({ userId, epoch: 0, workspaceId, openedAt: Date.now() });
  key = (await createApiKey(workspaceId, { name: "tests", createdBy: null })).key;
}

afterAll(async () => {
  await closePool();
  provider.closeAllConnections();
  provider.close();
});

/** Asks as somebody who may; `statements` are those sent for the request itself, once it was known who asks. */
async function get(loader: Loader, path: string, params: Record<string, string> = {}) {
  const headers = { Cookie: cookie, ...(loader === api ? { Authorization: `Bearer ${key}` } : {}) };
  const request = new Request(`http://app.test${path}`, { headers });
  embedded = 0;
  const answer = await recorded(() =>
    loader({ request, params, context: {} }).catch((thrown: unknown) => {
      if (thrown instanceof Response) return thrown;
      throw thrown;
    }),
  );
  const asksWho = (text: string) => /\b(api_keys|memberships)\b/.test(text);
  return { ...answer, statements: answer.statements.filter((text) => !asksWho(text)) };
}

const sql = encodeURIComponent(SQL);

/** What is wrong, the parameters, and what the answer must say. */
type Case = readonly [name: string, search: string, message: RegExp];

const MALFORMED: readonly Case[] = [
  ["a query of 10,001 characters", `q=${"x".repeat(10_001)}`, /longer than 2000 characters/],
  ["a query of a million characters", `q=${"x".repeat(1_000_000)}`, /longer than 2000 characters/],
  ["a query with NUL", "q=a%00b", /\\u0000, which no text has/],
  ["two queries", "q=a&q=b", /q is given more than once/],
  ["a query as an array", "q[]=a", /no parameter "q\[\]": write q=/],
  ["a query as an object", "q=a&q[$ne]=b", /no parameter "q\[\$ne\]"/],
  ["an unknown type", "q=a&types=page", /"page" is not one of pages, blocks, rows, documents/],
  ["one unknown type of two", "q=a&types=pages,docs", /"docs" is not one of/],
  ["a type in capitals", "q=a&types=PAGES", /"PAGES" is not one of/],
  ["a type with a blank", "q=a&types=pages,%20blocks", /" blocks" is not one of/],
  ["a type with NUL", "q=a&types=pages%00", /"pages\\u0000" is not one of/],
  ["SQL as a type", `q=a&types=${sql}`, /DROP TABLE pages.* is not one of/],
  ["a type of 100,000 characters", `q=a&types=${"x".repeat(100_000)}`, /"x{40}…" is not one of/],
  ["types as an array", "q=a&types[]=pages", /no parameter "types\[\]": write types=/],
  ["types with numbers", "q=a&types[0]=pages&types[1]=blocks", /no parameter "types\[0\]"/],
  ["a limit of 0", "q=a&limit=0", /limit is 0; a whole number from 1 to 200/],
  ["a negative limit", "q=a&limit=-1", /limit is "-1"; a whole number/],
  ["a limit of 1.5", "q=a&limit=1.5", /limit is "1\.5"/],
  ["a limit of 1e3", "q=a&limit=1e3", /limit is "1e3"/],
  ["a hexadecimal limit", "q=a&limit=0x10", /limit is "0x10"/],
  ["a limit of NaN", "q=a&limit=NaN", /limit is "NaN"/],
  ["a limit of infinity", "q=a&limit=Infinity", /limit is "Infinity"/],
  ["a limit with a comma", "q=a&limit=1,000", /limit is "1,000"/],
  ["a fullwidth limit", `q=a&limit=${encodeURIComponent("５")}`, /limit is "５"/],
  ["a word as a limit", "q=a&limit=ten", /limit is "ten"/],
  ["SQL in a limit", `q=a&limit=10;${sql}`, /limit is "10;x'; DROP/],
  ["two limits", "q=a&limit=5&limit=6", /limit is given more than once/],
  ["a limit as an array", "q=a&limit[]=5", /no parameter "limit\[\]"/],
  ["a similarity of 2", "q=a&min=2", /is 2; a number from -1 to 1/],
  ["a similarity of minus 2", "q=a&min=-2", /is -2; a number from -1 to 1/],
  ["a word as a similarity", "q=a&min=abc", /min is "abc"/],
  ["a similarity of NaN", "q=a&min=NaN", /min is "NaN"/],
  ["an infinite similarity", "q=a&min=-Infinity", /min is "-Infinity"/],
  ["a similarity of 1e400", "q=a&min=1e400", /min is "1e400"/],
  ["a similarity with a comma", "q=a&min=0,5", /min is "0,5"/],
  ["SQL in a similarity", `q=a&min=0.5;${sql}`, /min is "0\.5;x'; DROP/],
  ["two similarities", "q=a&min=0&min=1", /min is given more than once/],
  ["a workspace that is a name", "q=a&workspace=Garden", /the text "Garden"; a uuid is needed/],
  ["a workspace with SQL", `q=a&workspace=${sql}`, /a uuid is needed/],
  ["a condition as a workspace", "q=a&workspace=1%20OR%20true", /"1 OR true"; a uuid/],
  ["two workspaces", `q=a&workspace=${"0".repeat(8)}&workspace=b`, /workspace is given more than once/],
  ["a workspace as an array", "q=a&workspace[]=b", /no parameter "workspace\[\]"/],
];

/** Those that the page answers, with an empty search or what a browser makes of them. */
const MALFORMED_FOR_THE_API: readonly Case[] = [
  ["nothing", "", /query is empty: give q/],
  ["an empty query", "q=", /query is empty: give q/],
  ["a query of blanks", "q=%20%09+%E3%80%80", /query is empty: give q/],
  ["only other parameters", "query=how", /query is empty: give q/],
  ["a percent sign by itself", "q=100%", /percent-encoded UTF-8: write a percent sign as %25/],
  ["no hexadecimal digits", "q=%ZZ", /percent-encoded UTF-8/],
  ["half of a character", "q=%E0%A4%A", /percent-encoded UTF-8/],
  ["an overlong slash", "q=a&workspace=%C0%AF", /percent-encoded UTF-8/],
  ["half of a surrogate pair", "q=%ED%A0%80", /percent-encoded UTF-8/],
];

describe("GET /api/search answers 400 to", () => {
  test.for([...MALFORMED, ...MALFORMED_FOR_THE_API])("%s", async ([, search, message]) => {
    const { result, statements } = await get(api, `/api/search?${search}`);
    const response = result as Response;
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    const problem = (await response.json()) as Record<string, unknown>;
    expect(problem).toMatchObject({ status: 400, type: "/problems/invalid-parameter" });
    expect(response.status).toBe(400);
    expect(problem.field).toMatch(/^(q|types|limit|min|workspace)$/);
    expect(problem.detail).toMatch(message);
    expect(String(problem.detail).length).toBeLessThan(200);
    expect({ statements, embedded }).toEqual({ statements: [], embedded: 0 });
  });
});

describe("the search page says 400 to", () => {
  test.for(MALFORMED)("%s", async ([, search, message]) => {
    const { result, statements } = await get(page, `/app?${search}`);
    expect(result).toMatchObject({
      init: { status: 400 },
      data: {
        answer: null,
        problem: { type: "invalid-parameter", detail: expect.stringMatching(message) },
      },
    });
    expect({ statements, embedded }).toEqual({ statements: [], embedded: 0 });
  });
});

describe("GET /api/search takes, although it looks odd,", () => {
  test.for<readonly [name: string, search: string, types: number]>([
    ["a limit beyond all numbers, which counts as 200", `q=a&limit=${"9".repeat(400)}`, 4],
    ["a limit with blanks and zeros", "q=b&limit=%20007%20", 4],
    ["empty parameters, which are as good as none", "q=c&types=&limit=&min=&workspace=", 4],
    ["a type twice", "q=d&types=pages,pages&types=pages", 1],
    ["commas without a type between them", "q=e&types=,,pages,", 1],
    ["a similarity with a plus", "q=f&min=%2B.5", 4],
    ["parameters that it does not know", `q=g&utm_source=mail&__proto__=1&${sql}=${sql}`, 4],
    ["SQL as a query", `q=${sql}`, 4],
    ["control characters in a query", "q=%01%07%1B[31m%7F", 4],
    ["2,000 characters", `q=${encodeURIComponent("字".repeat(2_000))}`, 4],
    ["a semicolon, which separates nothing", "q=a;limit=0", 4],
  ])("%s", async ([, search, types]) => {
    const { result, statements } = await get(api, `/api/search?${search}`);
    const response = result as Response;
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ tables: { length: types } });
    expect(statements.join()).not.toContain("pwned");
    expect(embedded).toBe(1);
  });
});

describe("what cannot be the id of anything: 404, and nothing is asked", () => {
  const ids = MALFORMED_IDS.filter(([, id]) => typeof id === "string");
  const cases = ["pages", "databases", "rows", "documents"].flatMap((type) =>
    ids.map(([name, id]) => [`${type}: ${name}`, type, String(id)] as const),
  );
  test.for(cases)("%s", async ([, type, id]) => {
    const { result, statements } = await get(views[type] as Loader, "/app/x/y", { id });
    expect(result).toMatchObject({ status: 404 });
    expect(statements).toEqual([]);
  });
});

test("after all of them schema and rows are what they were", async () => {
  expect(await database.contents()).toEqual(before);
});
