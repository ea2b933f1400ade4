import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ask, cookieOf, openApp, type TestApp, type TestMember } from "../support/app.ts";

let app: TestApp;
let page: typeof import("../../app/routes/sign-in.tsx");
let account: typeof import("../../app/routes/app.settings.account.tsx");
let limits: typeof import("../../app/services/access/sign-in-limits.server.ts");
let member: TestMember;

beforeAll(async () => {
  app = await openApp();
  page = await import("../../app/routes/sign-in.tsx");
  account = await import("../../app/routes/app.settings.account.tsx");
  limits = await import("../../app/services/access/sign-in-limits.server.ts");
});

afterAll(() => app.close());

beforeEach(async () => {
  await app.query("DELETE FROM rate_limits");
  member = await app.addMember(await app.addWorkspace("Garden"));
});

const signIn = (password = member.password) =>
  ask(page.action, "/sign-in", { form: { email: member.email, password } });
const isIn = async (cookie: string) =>
  (await ask(account.loader, "/app/settings/account", { headers: { Cookie: cookie } })).status === 200;

describe("changing one's own password", () => {
  const wanted = "another password";
  const change = (form: Record<string, string>, as = member) =>
    ask(account.action, "/app/settings/account", { as, form: { again: form.wanted ?? "", ...form } });

  test("ends all other sessions, and the old password", async () => {
    const elsewhere = cookieOf((await signIn()).headers.get("Set-Cookie"));
    expect(await isIn(elsewhere)).toBe(true);
    const { status, headers } = await change({ current: member.password, wanted });
    expect([status, headers.get("Location")]).toEqual([303, "/app/settings/account?changed"]);
    expect(await isIn(cookieOf(headers.get("Set-Cookie")))).toBe(true);
    expect([await isIn(elsewhere), await isIn(member.cookie)]).toEqual([false, false]);
    expect([(await signIn()).status, (await signIn(wanted)).status]).toEqual([422, 303]);
  });

  test.for([
    [{ current: "not this one", wanted }, "current", /not your password/],
    [{ wanted: "short" }, "wanted", /10 characters or more/],
    [{ wanted, again: "another passw0rd" }, "again", /not the same/],
  ] as const)("is refused: %j", async ([form, field, message]) => {
    const { status, body, headers } = await change({ current: member.password, ...form });
    expect({ status, body }).toMatchObject({
      status: 422,
      body: { problem: { field, message: expect.stringMatching(message) } },
    });
    expect(headers.get("Set-Cookie")).toBeNull();
    expect((await signIn()).status).toBe(303);
  });

  test("is no way to guess the present one without end", async () => {
    const { takePasswordAttempt } = limits.signInLimits(app.pool);
    for (let turn = 0; turn < 10; turn++) expect(await takePasswordAttempt(member.userId)).toBeNull();
    const { status, headers, body } = await change({ current: member.password, wanted });
    expect(status).toBe(429);
    expect(Number(headers.get("Retry-After"))).toBeGreaterThan(0);
    expect(body).toMatchObject({ problem: { field: "current" } });
    expect((await signIn()).status).toBe(303);
  });

  test("is nothing that another site can send", async () => {
    const { status } = await ask(account.action, "/app/settings/account", {
      as: member,
      form: { current: member.password, wanted, again: wanted },
      headers: { "Sec-Fetch-Site": "cross-site" },
    });
    expect(status).toBe(403);
    expect((await signIn()).status).toBe(303);
  });
});

describe("signing out everywhere", () => {
  const form = { intent: "sign-out-everywhere" };
  const signOut = (headers: Record<string, string> = {}) =>
    ask(account.action, "/app/settings/account", { as: member, form, headers });

  test("ends all sessions of the user, and nobody else's", async () => {
    const elsewhere = cookieOf((await signIn()).headers.get("Set-Cookie"));
    const other = await app.addMember(member.workspaceId);
    const { status, headers } = await signOut();
    expect([status, headers.get("Location")]).toEqual([303, "/sign-in"]);
    expect(headers.get("Set-Cookie")).toMatch(/^session=;.*Expires=Thu, 01 Jan 1970/);
    expect([await isIn(member.cookie), await isIn(elsewhere), await isIn(other.cookie)]).toEqual([
      false,
      false,
      true,
    ]);
    expect((await signIn()).status).toBe(303);
  });

  test("is nothing that another site can send", async () => {
    expect((await signOut({ "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
    expect(await isIn(member.cookie)).toBe(true);
  });
});
