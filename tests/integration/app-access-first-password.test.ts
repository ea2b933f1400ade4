import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ask, cookieOf, type Handler, openApp, type TestApp, type TestMember } from "../support/app.ts";

let app: TestApp;
let members: typeof import("../../app/routes/app.settings.members.tsx").action;
let signInPage: typeof import("../../app/routes/sign-in.tsx");
let choosePage: typeof import("../../app/routes/choose-password.tsx");
let pages: typeof import("../../app/routes/app.pages._index.tsx").loader;
let newPage: typeof import("../../app/routes/app.pages.new.tsx").action;
let switchTo: typeof import("../../app/routes/app.workspace.ts").action;
let api: typeof import("../../app/routes/api.graph.ts").loader;
let users: typeof import("../../app/services/access/users.server.ts");
let garden: string;
let gardener: TestMember;
let email: string;

beforeAll(async () => {
  app = await openApp();
  members = (await import("../../app/routes/app.settings.members.tsx")).action;
  signInPage = await import("../../app/routes/sign-in.tsx");
  choosePage = await import("../../app/routes/choose-password.tsx");
  pages = (await import("../../app/routes/app.pages._index.tsx")).loader;
  newPage = (await import("../../app/routes/app.pages.new.tsx")).action;
  switchTo = (await import("../../app/routes/app.workspace.ts")).action;
  api = (await import("../../app/routes/api.graph.ts")).loader;
  users = await import("../../app/services/access/users.server.ts");
});

afterAll(() => app.close());

beforeEach(async () => {
  await app.query("DELETE FROM rate_limits");
  garden = await app.addWorkspace("Garden");
  gardener = await app.addMember(garden, { role: "admin" });
  email = `${randomUUID()}@example.com`;
});

/** What an admin is shown after adding the address to their workspace. */
async function added(by: TestMember): Promise<string | null> {
  const form = { intent: "add", email, role: "member" };
  const { body } = await ask(members, "/app/settings/members", { as: by, form });
  return (body as { added: { password: string | null } }).added.password;
}

async function signedIn(password: string | null): Promise<string | null> {
  const form = { email, password: password ?? "" };
  const { status, headers } = await ask(signInPage.action, "/sign-in", { form });
  return status === 303 ? cookieOf(headers.get("Set-Cookie")) : null;
}

const choose = (Cookie: string, form: Record<string, string>, query = "") =>
  ask(choosePage.action, `/choose-password${query}`, {
    headers: { Cookie },
    form: { again: form.wanted ?? "", ...form },
  });

const placeOf = async (asked: ReturnType<typeof ask>) => {
  const { status, headers } = await asked;
  return [status, headers.get("Location")];
};

const WANTED = "a few words of my own";

describe("a first password", () => {
  let password: string;
  let Cookie: string;

  beforeEach(async () => {
    password = (await added(gardener)) ?? "";
    Cookie = (await signedIn(password)) ?? "";
  });

  test("leads to choosing one before anything else is shown, and then on", async () => {
    const headers = { Cookie };
    const there = "/choose-password?to=%2Fapp%2Fpages%3Fpage%3D2";
    expect(await placeOf(ask(pages, "/app/pages?page=2", { headers }))).toEqual([302, there]);
    const page = await ask(choosePage.loader, there, { headers });
    expect(page).toMatchObject({ status: 200, body: { email } });
    expect(page.text).not.toContain("Garden");
    const chosen = await choose(
      Cookie,
      { current: password, wanted: WANTED },
      "?to=%2Fapp%2Fpages%3Fpage%3D2",
    );
    expect([chosen.status, chosen.headers.get("Location")]).toEqual([303, "/app/pages?page=2"]);
    const own = cookieOf(chosen.headers.get("Set-Cookie"));
    expect((await ask(pages, "/app/pages", { headers: { Cookie: own } })).status).toBe(200);
    expect(await placeOf(ask(pages, "/app/pages", { headers }))).toEqual([302, "/sign-in?to=%2Fapp%2Fpages"]);
    expect([await signedIn(password), await signedIn(WANTED)]).toEqual([null, expect.any(String)]);
  });

  test("writes nothing, goes to no other workspace and reads nothing of the API", async () => {
    const headers = { Cookie };
    const written = { workspace: garden, title: "Ferns", markdown: "", parentId: "" };
    expect(await placeOf(ask(newPage, "/app/pages/new", { headers, form: written }))).toEqual([
      302,
      "/choose-password?to=%2Fapp%2Fpages%2Fnew",
    ]);
    expect(await placeOf(ask(switchTo, "/app/workspace", { headers, form: { workspace: garden } }))).toEqual([
      302,
      "/choose-password?to=%2Fapp%2Fworkspace",
    ]);
    expect(await app.query("SELECT FROM pages WHERE workspace_id = $1", [garden])).toEqual([]);
    expect(await ask(api, "/api/graph?page=x", { headers })).toMatchObject({
      status: 403,
      body: { type: "/problems/first-password" },
    });
  });

  test("is followed from page to page without a loop", async () => {
    const headers = { Cookie };
    const loaders: Record<string, Handler | undefined> = {
      "/sign-in": signInPage.loader,
      "/app/pages": pages,
      "/choose-password": choosePage.loader,
    };
    const passed: string[] = [];
    let address: string | null = "/sign-in?to=/app/pages";
    while (address !== null && passed.length < 10) {
      passed.push(address);
      const loader: Handler | undefined = loaders[new URL(address, "http://app.test").pathname];
      if (loader === undefined) throw new Error(`nothing leads to ${address}`);
      address = (await ask(loader, address, { headers })).headers.get("Location");
    }
    expect(passed).toEqual(["/sign-in?to=/app/pages", "/app/pages", "/choose-password?to=%2Fapp%2Fpages"]);
  });

  test.for(["https://evil.example/app", "//evil.example", "/\\evil.example", "/choose-password"])(
    "leads to no other place than the app: %s",
    async (to) => {
      const query = `?${new URLSearchParams({ to })}`;
      const chosen = await choose(Cookie, { current: password, wanted: WANTED }, query);
      expect(chosen.headers.get("Location")).toBe("/app");
      const own = { Cookie: cookieOf(chosen.headers.get("Set-Cookie")) };
      expect(await placeOf(ask(choosePage.loader, `/choose-password${query}`, { headers: own }))).toEqual([
        302,
        "/app",
      ]);
    },
  );

  test("cannot be chosen again, nor be replaced without it or by another site", async () => {
    for (const [form, field] of [
      [{ current: password, wanted: password }, "wanted"],
      [{ current: "not this one", wanted: WANTED }, "current"],
      [{ current: password, wanted: "short" }, "wanted"],
    ] as const) {
      expect(await choose(Cookie, form)).toMatchObject({ status: 422, body: { problem: { field } } });
    }
    const foreign = await ask(choosePage.action, "/choose-password", {
      headers: { Cookie, "Sec-Fetch-Site": "cross-site" },
      form: { current: password, wanted: WANTED, again: WANTED },
    });
    expect(foreign.status).toBe(403);
    expect((await ask(choosePage.loader, "/choose-password", { headers: { Cookie } })).status).toBe(200);
  });
});

describe("an admin who makes an account for somebody else's address", () => {
  test("learns nothing of a workspace that adds it later", async () => {
    const attacker = await app.addMember(await app.addWorkspace("Trap"), { role: "admin" });
    const known = await added(attacker);
    const session = await signedIn(known);
    // The gardener adds their colleague, and passes on a password that nobody else has seen.
    const first = await added(gardener);
    expect(first).toMatch(/^([a-z2-9]{5}-){3}[a-z2-9]{5}$/);
    expect(first).not.toBe(known);
    expect(await signedIn(known)).toBeNull();
    expect(
      await placeOf(ask(choosePage.loader, "/choose-password", { headers: { Cookie: session ?? "" } })),
    ).toEqual([302, "/sign-in"]);
    const Cookie = (await signedIn(first)) ?? "";
    expect((await choose(Cookie, { current: first ?? "", wanted: WANTED })).status).toBe(303);
    // From now on it is theirs: to be added changes nothing, and shows nothing.
    expect(await added(await app.addMember(await app.addWorkspace(), { role: "admin" }))).toBeNull();
    expect(await signedIn(WANTED)).not.toBeNull();
  });

  test("cannot renew it by adding a member again", async () => {
    const first = await added(gardener);
    const again = await ask(members, "/app/settings/members", {
      as: gardener,
      form: { intent: "add", email, role: "member" },
    });
    expect(again).toMatchObject({ status: 422, body: { refused: { problem: { field: "email" } } } });
    expect(await signedIn(first)).not.toBeNull();
  });
});

test("a password that was renewed by whoever runs the server is a first one again", async () => {
  const member = await app.addMember(garden, { email });
  expect(await ask(pages, "/app/pages", { as: member })).toMatchObject({ status: 200 });
  const renewed = await users.renewPassword(email);
  expect(await placeOf(ask(pages, "/app/pages", { as: member }))).toEqual([
    302,
    "/sign-in?to=%2Fapp%2Fpages",
  ]);
  const Cookie = (await signedIn(renewed)) ?? "";
  expect(await placeOf(ask(pages, "/app/pages", { headers: { Cookie } }))).toEqual([
    302,
    "/choose-password?to=%2Fapp%2Fpages",
  ]);
});
