import { randomBytes, randomUUID } from "node:crypto";
import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import pg from "pg";
import type { Role } from "../../app/services/access/access.server.ts";
import { WORKSPACE_FIELD } from "../../app/services/access/another-workspace.ts";
import type { Origin } from "./database-state.ts";
import { whenEnded } from "./ended-connections.ts";
import { openDatabase } from "./open-database.ts";

export interface TestMember {
  userId: string;
  email: string;
  password: string;
  workspaceId: string;
  /** The value of a `Cookie` header: signed in, with that workspace as the current one. */
  cookie: string;
}

export interface TestApp {
  url: string;
  kind: "server" | "embedded";
  /** A pool of the test's own; the app has another. */
  pool: pg.Pool;
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** A new workspace. */
  addWorkspace(name?: string): Promise<string>;
  /** A new user who is a member (default) or admin of a workspace, has chosen their password, and is signed in. */
  addMember(workspaceId: string, user?: { role?: Role; email?: string }): Promise<TestMember>;
  /** A new API key of a workspace, as it was shown. */
  addApiKey(workspaceId: string): Promise<string>;
  close(): Promise<void>;
}

export const APP_ORIGIN = "http://app.test";

/** Cheap to hash, as tests make many. */
const TEST_COST = { ln: 10, r: 8, p: 1 };

/**
 * A database for a whole test file, and this process as the app on it. The app reads its configuration when it is
 * loaded: so call this first, in `beforeAll`, and load routes and services of the app with `import()` afterwards.
 *
 * @param options.through what the database begins as
 * @param options.env more variables for the app, for instance of an embedding provider
 */
export async function openApp({
  through = "init",
  env = {},
}: {
  through?: Origin;
  env?: Record<string, string>;
} = {}): Promise<TestApp> {
  const { database: given, close: drop } = await openDatabase(through);
  const { url, kind } = given;
  Object.assign(process.env, {
    DATABASE_URL: url,
    // On PGlite all share one session, so that more connections only wait.
    DATABASE_POOL_MAX: "4",
    SESSION_SECRET: randomBytes(32).toString("hex"),
    EMBEDDING_PROVIDER: "local",
    // More than tests ask.
    CHAT_QUESTIONS_PER_MINUTE: "1000000",
    ...env,
  });
  const database = await import("../../app/db.server.ts");
  const { hashPassword } = await import("../../app/services/access/passwords.server.ts");
  const { sessionCookie } = await import("../../app/services/access/session-cookie.server.ts");
  const { createApiKey } = await import("../../app/services/access/api-keys.server.ts");
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  const ended = [pool, database.pool].map(whenEnded);
  const query: TestApp["query"] = async (sql, values) => (await pool.query(sql, values)).rows as never;
  return {
    url,
    kind,
    pool,
    query,
    async addWorkspace(name = "Workspace") {
      const id = randomUUID();
      await query("INSERT INTO workspaces (id, name) VALUES ($1, $2)", [id, name]);
      return id;
    },
    async addMember(workspaceId, { role = "member", email = `${randomUUID()}@example.com` } = {}) {
      const [userId, password] = [randomUUID(), `password ${randomBytes(6).toString("hex")}`];
      const hash = await hashPassword(password, TEST_COST);
      await query(
        "INSERT INTO users (id, email, password_hash, password_chosen_at) VALUES ($1, $2, $3, now())",
        [userId, email, hash],
      );
      await query("INSERT INTO memberships (user_id, workspace_id, role) VALUES ($1, $2, $3)", [
        userId,
        workspaceId,
        role,
      ]);
      const setCookie = await sessionCookie({ userId, epoch: 0, workspaceId, openedAt: Date.now() });
      return { userId, email, password, workspaceId, cookie: cookieOf(setCookie) };
    },
    async addApiKey(workspaceId) {
      const { key } = await createApiKey(workspaceId, { name: randomUUID(), createdBy: null });
      return key;
    },
    async close() {
      await Promise.all([pool.end(), database.pool.end()]);
      await Promise.all(ended.map((connections) => connections()));
      await drop();
    },
  };
}

/** What a browser sends back of a `Set-Cookie` header. */
export function cookieOf(setCookie: string | null): string {
  return setCookie?.split(";")[0] ?? "";
}

/** A loader or action of a route, whatever it returns. */
export type Handler = (parameters: LoaderFunctionArgs & ActionFunctionArgs) => unknown;

export interface Asked {
  /** Default: GET, or POST where there is a form. */
  method?: string;
  /** What the route takes from the path: `{ id }`. */
  params?: Record<string, string>;
  /** Who asks: a member's session. */
  as?: TestMember | null;
  /** An API key. */
  key?: string;
  /** As the form of a page sends it: for the member's current workspace, unless it names another. */
  form?: Record<string, string> | URLSearchParams | FormData;
  json?: unknown;
  /** Set over all others; those of a request from the app itself are there. */
  headers?: Record<string, string>;
}

export interface Answered {
  status: number;
  headers: Headers;
  /** What the loader or action returned, or the text of a response parsed if it is JSON. */
  body: unknown;
  /** The same as text: all that the asker could read. */
  text: string;
}

/** Calls a loader or action as the router does, and gives the answer in one form, whether returned or thrown. */
export async function ask(handler: Handler, path: string, asked: Asked = {}): Promise<Answered> {
  const { params = {} } = asked;
  let answer: unknown;
  try {
    answer = await handler({ request: requestOf(path, asked), params, context: {} });
  } catch (thrown) {
    if (!(thrown instanceof Response) && !isDataWithInit(thrown)) throw thrown;
    answer = thrown;
  }
  if (answer instanceof Response) {
    const text = await answer.text();
    const json = /\bjson\b/.test(answer.headers.get("Content-Type") ?? "");
    return { status: answer.status, headers: answer.headers, body: json ? JSON.parse(text) : text, text };
  }
  const { data, init } = isDataWithInit(answer) ? answer : { data: answer, init: null };
  const text = JSON.stringify(data) ?? "";
  return { status: init?.status ?? 200, headers: new Headers(init?.headers), body: data, text };
}

/** A request for the app as {@link ask} makes it. */
export function requestOf(path: string, { method, as, key, form, json, headers }: Asked = {}): Request {
  const body = json === undefined ? bodyOf(form, as) : JSON.stringify(json);
  return new Request(`${APP_ORIGIN}${path}`, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    body,
    headers: {
      "Sec-Fetch-Site": "same-origin",
      Origin: APP_ORIGIN,
      Host: new URL(APP_ORIGIN).host,
      ...(json === undefined ? {} : { "Content-Type": "application/json" }),
      ...(as ? { Cookie: as.cookie } : {}),
      ...(key ? { Authorization: `Bearer ${key}` } : {}),
      ...headers,
    },
  });
}

function bodyOf(form: Asked["form"], as: Asked["as"]): URLSearchParams | FormData | undefined {
  if (form === undefined) return undefined;
  const body = form instanceof FormData ? form : new URLSearchParams(form);
  if (as && !body.has(WORKSPACE_FIELD)) body.append(WORKSPACE_FIELD, as.workspaceId);
  return body;
}

/** What `data(…, init)` of Remix makes. */
function isDataWithInit(value: unknown): value is { data: unknown; init: ResponseInit | null } {
  return (
    typeof value === "object" && value !== null && "type" in value && value.type === "DataWithResponseInit"
  );
}
