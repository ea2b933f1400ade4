import { randomBytes, randomUUID } from "node:crypto";
import { createCookieSessionStorage, type LoaderFunctionArgs } from "@remix-run/node";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Asked, ask, cookieOf, openApp, type TestApp, type TestMember } from "../support/app.ts";

let app: TestApp;
let access: typeof import("../../app/services/access/access.server.ts");
let cookies: typeof import("../../app/services/access/session-cookie.server.ts");
let switchTo: typeof import("../../app/routes/app.workspace.ts").action;
let signOut: typeof import("../../app/routes/sign-out.ts").action;
let workspace: string;
let member: TestMember;

const OLD_SECRET = "o".repeat(32);
const NEW_SECRET = "n".repeat(32);

beforeAll(async () => {
  app = await openApp({ env: { SESSION_SECRET: `${NEW_SECRET},${OLD_SECRET}` } });
  access = await import("../../app/services/access/access.server.ts");
  cookies = await import("../../app/services/access/session-cookie.server.ts");
  switchTo = (await import("../../app/routes/app.workspace.ts")).action;
  signOut = (await import("../../app/routes/sign-out.ts")).action;
});

afterAll(() => app.close());

beforeEach(async () => {
  workspace = await app.addWorkspace("Garden");
  member = await app.addMember(workspace);
});

const page = ({ request }: LoaderFunctionArgs) => access.requireMember(request);
const adminPage = ({ request }: LoaderFunctionArgs) => access.requireAdmin(request);

const toPage = (asked: Asked = {}) => ask(page, "/app/pages?sort=title", { as: member, ...asked });

const SIGN_IN = "/sign-in?to=%2Fapp%2Fpages%3Fsort%3Dtitle";

/** A request is sent to the sign-in page. */
async function expectSignedOut(asked: Asked): Promise<void> {
  const { status, headers } = await toPage(asked);
  expect([status, headers.get("Location")]).toEqual([302, SIGN_IN]);
}

/** A cookie as the app makes it, signed with some secret. */
async function forgedCookie(secret: string, session: unknown): Promise<string> {
  const { getSession, commitSession } = createCookieSessionStorage({
    cookie: { name: "session", secrets: [secret] },
  });
  const stored = await getSession();
  stored.set("session", session);
  return cookieOf(await commitSession(stored));
}

describe("a page", () => {
  test("knows who asks, and where they are", async () => {
    expect((await toPage()).body).toEqual({
      userId: member.userId,
      email: member.email,
      role: "member",
      workspace: { id: workspace, name: "Garden" },
      hasOwnPassword: true,
    });
  });

  test("sends who is not signed in to the sign-in page, and back afterwards", () =>
    expectSignedOut({ as: null }));

  test("says 403 to a member where an admin is needed", async () => {
    const admin = await app.addMember(workspace, { role: "admin" });
    expect(await ask(adminPage, "/app/settings/members", { as: admin })).toMatchObject({ status: 200 });
    const refused = await ask(adminPage, "/app/settings/members", { as: member });
    expect([refused.status, refused.text]).toEqual([
      403,
      "Only an admin of Garden may do this. Ask one of them.",
    ]);
  });

  test("does nothing that another site sent", async () => {
    const form = { title: "x" };
    expect((await toPage({ form })).status).toBe(200);
    for (const headers of [{ "Sec-Fetch-Site": "cross-site" }, { "Sec-Fetch-Site": "same-site" }] as const) {
      expect((await toPage({ form, headers })).status).toBe(403);
    }
    expect((await toPage({ headers: { "Sec-Fetch-Site": "cross-site" } })).status).toBe(200);
  });
});

describe("a session", () => {
  const session = () => ({ userId: member.userId, epoch: 0, workspaceId: workspace, openedAt: Date.now() });

  test("is a cookie that scripts cannot read, for this site alone, and lasts 30 days", async () => {
    const [pair, ...attributes] = (await cookies.sessionCookie(session())).split("; ");
    expect(pair).toMatch(/^session=/);
    expect(attributes.filter((attribute) => !attribute.startsWith("Expires="))).toEqual([
      "Max-Age=2592000",
      "Path=/",
      "HttpOnly",
      "SameSite=Lax",
    ]);
  });

  test("that was changed by a character does not hold", async () => {
    const [name, value = ""] = member.cookie.split("=", 2);
    const text = decodeURIComponent(value);
    const [payload = "", signature = ""] = text.split(/\.(?=[^.]*$)/);
    const changed = Buffer.from(payload, "base64").toString("latin1").replace(member.userId, randomUUID());
    const other = Buffer.from(changed, "latin1").toString("base64");
    expect(other).not.toBe(payload);
    for (const forged of [
      `${other}.${signature}`,
      `${payload}.${signature.slice(1)}`,
      `${payload}.`,
      payload,
      other,
      "",
    ]) {
      await expectSignedOut({ headers: { Cookie: `${name}=${encodeURIComponent(forged)}` } });
    }
  });

  test("that another secret signed does not hold, that an older one of ours signed does", async () => {
    await expectSignedOut({
      headers: { Cookie: await forgedCookie(randomBytes(32).toString("hex"), session()) },
    });
    const kept = await toPage({ headers: { Cookie: await forgedCookie(OLD_SECRET, session()) } });
    expect(kept).toMatchObject({ status: 200, body: { userId: member.userId } });
    // What the app signs now needs the old one no more.
    const made = cookieOf(await cookies.sessionCookie(session()));
    const { getSession } = createCookieSessionStorage({ cookie: { name: "session", secrets: [NEW_SECRET] } });
    expect((await getSession(made)).get("session")).toMatchObject({ userId: member.userId });
  });

  test("of an odd shape does not hold, even signed", async () => {
    for (const odd of [
      null,
      "text",
      { ...session(), userId: "1 OR true" },
      { ...session(), epoch: "0" },
      { ...session(), workspaceId: undefined },
      { ...session(), openedAt: Date.now() - 31 * 24 * 60 * 60 * 1000 },
      { ...session(), openedAt: Date.now() + 60_000 },
    ]) {
      await expectSignedOut({ headers: { Cookie: await forgedCookie(NEW_SECRET, odd) } });
    }
  });

  test("of an earlier epoch is over", async () => {
    await app.query("UPDATE users SET session_epoch = 1 WHERE id = $1", [member.userId]);
    await expectSignedOut({});
  });

  test("of a user who is gone is over", async () => {
    await app.query("DELETE FROM users WHERE id = $1", [member.userId]);
    await expectSignedOut({});
  });

  test("of a member who was removed is over at once", async () => {
    await app.query("DELETE FROM memberships WHERE user_id = $1", [member.userId]);
    await expectSignedOut({});
  });

  test("takes a role from the database, not from the cookie", async () => {
    await app.query("UPDATE memberships SET role = 'admin' WHERE user_id = $1", [member.userId]);
    expect((await toPage()).body).toMatchObject({ role: "admin" });
  });

  test("ends when its user signs out, unless another site says so", async () => {
    const form = {};
    const out = await ask(signOut, "/sign-out", { as: member, form });
    expect([out.status, out.headers.get("Location")]).toEqual([303, "/sign-in"]);
    expect(out.headers.get("Set-Cookie")).toMatch(/^session=;.*Expires=Thu, 01 Jan 1970/);
    const foreign = await ask(signOut, "/sign-out", {
      as: member,
      form,
      headers: { "Sec-Fetch-Site": "cross-site" },
    });
    expect([foreign.status, foreign.headers.get("Set-Cookie")]).toEqual([403, null]);
  });
});

describe("a member of several workspaces", () => {
  let other: string;

  beforeEach(async () => {
    other = await app.addWorkspace("Kitchen");
    await app.query("INSERT INTO memberships (user_id, workspace_id, role) VALUES ($1, $2, 'admin')", [
      member.userId,
      other,
    ]);
  });

  const goTo = (id: string) => ask(switchTo, "/app/workspace", { as: member, form: { workspace: id } });

  test("goes from one to the other", async () => {
    const { status, headers } = await goTo(other);
    expect([status, headers.get("Location")]).toEqual([303, "/app"]);
    const there = await toPage({ headers: { Cookie: cookieOf(headers.get("Set-Cookie")) } });
    expect(there.body).toMatchObject({ role: "admin", workspace: { id: other, name: "Kitchen" } });
  });

  test("does not get into one of others, and is not told that there is one", async () => {
    const foreign = await app.addWorkspace("Secret");
    const answers = await Promise.all([goTo(foreign), goTo(randomUUID()), goTo("x"), goTo("")]);
    for (const { status, headers, text } of answers) {
      expect({ status, cookie: headers.get("Set-Cookie"), text }).toEqual({
        status: 404,
        cookie: null,
        text: "",
      });
    }
  });

  test("who was removed from the one they are in goes on in another, but writes nothing there by accident", async () => {
    await app.query("DELETE FROM memberships WHERE user_id = $1 AND workspace_id = $2", [
      member.userId,
      workspace,
    ]);
    const written = await toPage({ form: { title: "x" } });
    expect([written.status, written.text]).toEqual([
      403,
      "You are no longer a member of that workspace, so nothing was done.",
    ]);
    const { status, headers } = await toPage();
    expect([status, headers.get("Location")]).toEqual([302, "/app/pages?sort=title"]);
    const Cookie = cookieOf(headers.get("Set-Cookie"));
    expect((await toPage({ headers: { Cookie }, form: {} })).body).toMatchObject({
      workspace: { id: other },
    });
  });

  test("can go to another one when they were removed from the one they are in", async () => {
    await app.query("DELETE FROM memberships WHERE user_id = $1 AND workspace_id = $2", [
      member.userId,
      workspace,
    ]);
    expect((await goTo(other)).status).toBe(303);
  });

  test("asks the API for any of them, and for no other", async () => {
    const asked = { userId: member.userId, workspace: { id: workspace, name: "Garden" } };
    const foreign = await app.addWorkspace("Secret");
    const find = (id: string) => access.findAccessibleWorkspace(asked, id);
    expect(await find(workspace)).toEqual({ id: workspace, name: "Garden" });
    expect(await find(other)).toEqual({ id: other, name: "Kitchen" });
    expect([await find(foreign), await find(randomUUID()), await find("' OR true")]).toEqual([
      null,
      null,
      null,
    ]);
    const byKey = { ...asked, userId: null };
    expect(await access.findAccessibleWorkspace(byKey, other)).toBeNull();
  });
});
