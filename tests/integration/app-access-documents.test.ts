import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRequestHandler, type ServerBuild } from "@remix-run/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, openApp, requestOf, type TestApp } from "../support/app.ts";

let app: TestApp;
let handle: (request: Request) => Promise<Response>;

beforeAll(async () => {
  app = await openApp();
  const build = await buildOf(["sign-in", "$"]);
  const handler = createRequestHandler(build, "production");
  handle = (request) => handler(request);
});

afterAll(() => app.close());

/** What the bundler makes of the app, with a few of its routes. */
async function buildOf(names: readonly string[]): Promise<ServerBuild> {
  const root = { id: "root", path: "", module: await import("../../app/root.tsx") };
  const modules = import.meta.glob("../../app/routes/*.tsx");
  const routes = await Promise.all(
    names.map(async (name) => ({
      id: `routes/${name}`,
      parentId: "root",
      path: name === "$" ? "*" : name,
      module: await modules[`../../app/routes/${name}.tsx`]?.(),
    })),
  );
  const all = Object.fromEntries([root, ...routes].map((route) => [route.id, route]));
  const described = Object.fromEntries(
    [root, ...routes].map(({ module, ...route }) => [
      route.id,
      { ...route, module: `/assets/${route.id}.js`, imports: [], hasLoader: "loader" in (module as object) },
    ]),
  );
  return {
    entry: { module: await import("../../app/entry.server.tsx") },
    routes: all,
    assets: {
      version: "1",
      url: "/assets/manifest.js",
      entry: { module: "/assets/entry.js", imports: [] },
      routes: described,
    },
    publicPath: "/",
    assetsBuildDirectory: "build/client",
    future: { v3_relativeSplatPath: true, v3_singleFetch: true, v3_throwAbortReason: true },
    isSpaMode: false,
  } as unknown as ServerBuild;
}

describe("a page", () => {
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await handle(requestOf(path, { headers }));
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  test.for([
    ["/sign-in", 200],
    ["/nowhere", 404],
  ] as const)("%s says what a browser may do with it", async ([path, status]) => {
    const page = await get(path);
    expect(page.status).toBe(status);
    const [nonce, ...others] = new Set(
      [...page.text.matchAll(/<script(?: [^>]*)?>/g)].map(([tag]) => / nonce="([^"]+)"/.exec(tag)?.[1]),
    );
    expect([nonce, others]).toEqual([expect.stringMatching(/^[\w-]{22}$/), []]);
    expect(page.headers.get("Content-Security-Policy")?.split("; ")).toEqual([
      "default-src 'self'",
      `script-src 'self' 'nonce-${nonce}'`,
      "style-src 'self'",
      "style-src-attr 'unsafe-inline'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ]);
    expect(Object.fromEntries(page.headers)).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "private, no-store",
      "content-type": "text/html; charset=utf-8",
    });
  });

  test("has a nonce of its own", async () => {
    const policies = await Promise.all(
      ["/sign-in", "/sign-in"].map(async (path) => (await get(path)).headers),
    );
    expect(new Set(policies.map((headers) => headers.get("Content-Security-Policy"))).size).toBe(2);
  });

  test("comes whole to a search engine, with the same headers", async () => {
    const page = await get("/sign-in", { "User-Agent": "Googlebot/2.1" });
    expect(page.headers.get("Content-Security-Policy")).toMatch(/'nonce-/);
    expect(page.text).toMatch(/<h1>Sign in<\/h1>.*<\/html>/s);
  });

  test("loads data that no other site reads and nobody keeps", async () => {
    const data = await get("/sign-in.data");
    expect(data.status).toBe(200);
    expect(Object.fromEntries(data.headers)).toMatchObject({
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "private, no-store",
    });
  });

  test("that was sent without JavaScript says how long to wait", async () => {
    const form = { email: "late@example.com", password: "a wrong password" };
    const { signInLimits } = await import("../../app/services/access/sign-in-limits.server.ts");
    const { takeAttempt } = signInLimits(app.pool);
    for (let turn = 0; turn < 10; turn++) await takeAttempt(form.email, "unknown");
    const refused = await handle(requestOf("/sign-in", { form }));
    const page = await refused.text();
    expect([refused.status, Number(refused.headers.get("Retry-After")) > 0]).toEqual([429, true]);
    expect(page).toMatch(/aria-invalid="true".*Too many attempts\. Try again in 15 minutes\./s);
    expect(page).toContain('value="late@example.com"');
    expect(page).not.toContain(form.password);
  });

  test("shows what somebody typed as text", async () => {
    const form = { email: `"><script>alert(1)</script>`, password: "x" };
    const page = await (await handle(requestOf("/sign-in", { form }))).text();
    expect(page).not.toContain("<script>alert");
    expect(page).toContain("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
  });
});

test("the demo's user can sign in, with the same password at every run", async () => {
  const { ensureDemoAccess } = await import("../../scripts/demo/demo-access.ts");
  const { action } = await import("../../app/routes/sign-in.tsx");
  const folder = await mkdtemp(join(tmpdir(), "demo-"));
  try {
    const file = join(folder, "data", "access.json");
    const workspace = await app.addWorkspace("Packages");
    // Somebody made another one of that name in the app.
    await app.addWorkspace("Packages");
    const ensure = () => ensureDemoAccess(file, workspace, app.pool);
    const user = () => app.query("SELECT session_epoch, password_hash FROM users WHERE email = $1", [email]);
    const first = await ensure();
    const { email, password, sessionSecret } = first;
    expect(email).toBe("demo@example.com");
    expect(sessionSecret).toMatch(/^[0-9a-f]{64}$/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const before = await user();
    expect(await ensure()).toEqual(first);
    expect(await user()).toEqual(before);
    const signIn = async () => (await ask(action, "/sign-in", { form: { email, password } })).status;
    expect(await signIn()).toBe(303);
    // A password that was changed in the app, and another database: what is printed works all the same.
    await app.query("UPDATE users SET password_hash = '$scrypt$ln=1,r=8,p=1$AAAA$AAAA' WHERE email = $1", [
      email,
    ]);
    expect(await ensure()).toEqual(first);
    expect(await signIn()).toBe(303);
    await app.query("DELETE FROM users WHERE email = $1", [email]);
    expect(await ensure()).toEqual(first);
    const roles = await app.query(
      `SELECT w.id, m.role FROM users u JOIN memberships m ON m.user_id = u.id JOIN workspaces w ON w.id = m.workspace_id
       WHERE u.email = $1`,
      [email],
    );
    expect(roles).toEqual([{ id: workspace, role: "admin" }]);
    expect(await readFile(file, "utf8")).toContain(password);
  } finally {
    await rm(folder, { recursive: true });
  }
});
