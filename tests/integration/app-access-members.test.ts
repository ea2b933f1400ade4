import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ask, openApp, type TestApp, type TestMember } from "../support/app.ts";
import { finished, startScript } from "../support/cli.ts";

let app: TestApp;
let page: typeof import("../../app/routes/app.settings.members.tsx");
let keysPage: typeof import("../../app/routes/app.settings.keys.tsx");
let signIn: typeof import("../../app/routes/sign-in.tsx").action;
let keys: typeof import("../../app/services/access/api-keys.server.ts");
let members: typeof import("../../app/services/access/members.server.ts");
let workspace: string;
let admin: TestMember;
let member: TestMember;

beforeAll(async () => {
  app = await openApp();
  page = await import("../../app/routes/app.settings.members.tsx");
  keysPage = await import("../../app/routes/app.settings.keys.tsx");
  signIn = (await import("../../app/routes/sign-in.tsx")).action;
  keys = await import("../../app/services/access/api-keys.server.ts");
  members = await import("../../app/services/access/members.server.ts");
});

afterAll(() => app.close());

beforeEach(async () => {
  workspace = await app.addWorkspace("Garden");
  admin = await app.addMember(workspace, { role: "admin" });
  member = await app.addMember(workspace);
});

const send = (form: Record<string, string>, as = admin) =>
  ask(page.action, "/app/settings/members", { as, form });
const roles = async (id = workspace) =>
  Object.fromEntries((await members.listMembers(id)).map(({ userId, role }) => [userId, role]));
const newEmail = () => `${randomUUID()}@example.com`;

describe("an admin", () => {
  test("adds somebody new, whose password is shown once and works", async () => {
    const email = newEmail();
    const { status, body } = await send({ intent: "add", email: email.toUpperCase(), role: "member" });
    const { added } = body as { added: { email: string; role: string; password: string } };
    expect({ status, added }).toEqual({
      status: 200,
      added: { email, role: "member", password: expect.stringMatching(/^([a-z2-9]{5}-){3}[a-z2-9]{5}$/) },
    });
    const { text } = await ask(page.loader, "/app/settings/members", { as: admin });
    expect(text).toContain(email);
    expect(text).not.toContain(added.password);
    expect((await ask(signIn, "/sign-in", { form: { email, password: added.password } })).status).toBe(303);
  });

  test("adds somebody who has an account, which stays as it is", async () => {
    const other = await app.addMember(await app.addWorkspace());
    const hash = () =>
      app.query("SELECT password_hash, session_epoch FROM users WHERE id = $1", [other.userId]);
    const before = await hash();
    const { body } = await send({ intent: "add", email: other.email, role: "admin" });
    expect(body).toEqual({ added: { email: other.email, role: "admin", password: null }, refused: null });
    expect(await hash()).toEqual(before);
    expect(await roles()).toMatchObject({ [other.userId]: "admin" });
  });

  test.for([
    ["nobody", { email: "" }, "email", /not an e-mail address/],
    ["what is no address", { email: "anna@" }, "email", /not an e-mail address/],
    ["in a role that there is not", { email: "new@example.com", role: "owner" }, "role", /member or admin/],
  ] as const)("cannot add %s", async ([, form, field, message]) => {
    const before = await roles();
    const { status, body } = await send({ intent: "add", role: "member", ...form });
    expect({ status, body }).toMatchObject({
      status: 422,
      body: { added: null, refused: { problem: { field, message: expect.stringMatching(message) } } },
    });
    expect(await roles()).toEqual(before);
  });

  test("cannot add a member again, nor change their role that way", async () => {
    const { status, body } = await send({ intent: "add", email: member.email, role: "admin" });
    expect({ status, body }).toMatchObject({
      status: 422,
      body: { refused: { problem: { field: "email" } } },
    });
    expect(await roles()).toMatchObject({ [member.userId]: "member" });
  });

  test("changes roles and removes members", async () => {
    expect((await send({ intent: "role", user: member.userId, role: "admin" })).status).toBe(303);
    expect((await send({ intent: "role", user: admin.userId, role: "member" }, member)).status).toBe(303);
    expect(await roles()).toEqual({ [admin.userId]: "member", [member.userId]: "admin" });
    expect((await send({ intent: "remove", user: admin.userId }, member)).status).toBe(303);
    expect(await roles()).toEqual({ [member.userId]: "admin" });
    const { status, headers } = await ask(page.loader, "/app/settings/members", { as: admin });
    expect([status, headers.get("Location")]).toEqual([302, "/sign-in?to=%2Fapp%2Fsettings%2Fmembers"]);
  });

  test.for([
    ["removed", { intent: "remove" }, "member"],
    ["made an ordinary member", { intent: "role", role: "member" }, "role"],
  ] as const)("who is the only one cannot be %s", async ([, form, field]) => {
    const { status, body } = await send({ ...form, user: admin.userId });
    expect({ status, body }).toMatchObject({
      status: 422,
      body: {
        refused: { userId: admin.userId, problem: { field, message: expect.stringMatching(/only admin/) } },
      },
    });
    expect(await roles()).toEqual({ [admin.userId]: "admin", [member.userId]: "member" });
  });

  test("reaches no member of another workspace", async () => {
    const elsewhere = await app.addWorkspace();
    const stranger = await app.addMember(elsewhere, { role: "admin" });
    await app.addMember(elsewhere, { role: "admin" });
    for (const user of [stranger.userId, randomUUID(), "x", ""]) {
      expect(await send({ intent: "remove", user })).toMatchObject({ status: 404, text: "" });
      expect(await send({ intent: "role", user, role: "member" })).toMatchObject({ status: 404, text: "" });
    }
    expect(await roles(elsewhere)).toMatchObject({ [stranger.userId]: "admin" });
  });
});

describe("an ordinary member", () => {
  test("sees who is in the workspace, and changes nothing", async () => {
    const seen = await ask(page.loader, "/app/settings/members", { as: member });
    expect(seen).toMatchObject({ status: 200, body: { isAdmin: false } });
    expect(seen.text).toContain(admin.email);
    const before = await roles();
    const attempts: Record<string, string>[] = [
      { intent: "add", email: newEmail(), role: "admin" },
      { intent: "role", user: member.userId, role: "admin" },
      { intent: "remove", user: admin.userId },
    ];
    for (const form of attempts) expect((await send(form, member)).status).toBe(403);
    expect(await roles()).toEqual(before);
  });

  test("neither sees nor makes API keys", async () => {
    const path = "/app/settings/keys";
    expect((await ask(keysPage.loader, path, { as: member })).status).toBe(403);
    expect((await ask(keysPage.action, path, { as: member, form: { name: "Mine" } })).status).toBe(403);
    expect(await app.query("SELECT FROM api_keys WHERE workspace_id = $1", [workspace])).toEqual([]);
  });
});

describe("API keys in the settings", () => {
  const path = "/app/settings/keys";
  const sendKeys = (form: Record<string, string>, as = admin) => ask(keysPage.action, path, { as, form });

  test("are shown when they are made, and not again", async () => {
    const { body } = await sendKeys({ intent: "create", name: "Import" });
    const { made } = body as { made: { name: string; key: string } };
    expect(made).toEqual({ name: "Import", key: expect.stringMatching(/^hvk_/) });
    const listed = await ask(keysPage.loader, path, { as: admin });
    expect(listed).toMatchObject({
      body: { keys: [{ name: "Import", createdBy: admin.email, lastUsedAt: null }] },
    });
    expect(listed.text).not.toContain(made.key.slice(0, 12));
    expect(await sendKeys({ intent: "create", name: "Import" })).toMatchObject({ status: 422 });
  });

  test("go with the member who made them, as the page says before, and no others", async () => {
    const other = await app.addMember(workspace, { role: "admin" });
    const elsewhere = await app.addWorkspace();
    const [theirs, alsoTheirs, kept, foreign] = await Promise.all(
      (
        [
          [workspace, "One", other],
          [workspace, "Two", other],
          [workspace, "Three", admin],
          [elsewhere, "One", other],
        ] as const
      ).map(([place, name, { userId }]) => keys.createApiKey(place, { name, createdBy: userId })),
    );
    const { body } = await ask(page.loader, "/app/settings/members", { as: admin });
    expect(body).toMatchObject({
      members: expect.arrayContaining([
        expect.objectContaining({ userId: other.userId, keys: 2 }),
        expect.objectContaining({ userId: member.userId, keys: 0 }),
      ]),
    });
    expect((await send({ intent: "remove", user: other.userId })).status).toBe(303);
    const opens = async (made: { key: string } | undefined) =>
      (await keys.findApiKey(made?.key ?? "")) !== null;
    expect([await opens(theirs), await opens(alsoTheirs), await opens(kept), await opens(foreign)]).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  test("are revoked by admins of their workspace alone", async () => {
    await app.addApiKey(workspace);
    const [key] = await app.query<{ id: string }>("SELECT id FROM api_keys WHERE workspace_id = $1", [
      workspace,
    ]);
    const stranger = await app.addMember(await app.addWorkspace(), { role: "admin" });
    const form = { intent: "revoke", key: key?.id ?? "" };
    expect(await sendKeys(form, stranger)).toMatchObject({ status: 404, text: "" });
    expect((await sendKeys(form)).status).toBe(303);
    expect(await sendKeys(form)).toMatchObject({ status: 404 });
  });
});

describe("two requests at once", { tags: ["server"] }, () => {
  test.for([
    ["remove each other", (user: string) => members.removeMember(workspace, user)],
    ["make each other ordinary members", (user: string) => members.changeRole(workspace, user, "member")],
  ] as const)("of the last two admins that %s leave one of them", async ([, act]) => {
    for (let round = 0; round < 20; round++) {
      workspace = await app.addWorkspace();
      const both = [
        await app.addMember(workspace, { role: "admin" }),
        await app.addMember(workspace, { role: "admin" }),
      ];
      const outcomes = await Promise.allSettled(both.map(({ userId }) => act(userId)));
      expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      expect(Object.values(await roles()).filter((role) => role === "admin")).toHaveLength(1);
    }
  });
});

describe("npm run user", () => {
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await finished(
      startScript("scripts/user.ts", { args: [...args, "--database-url", app.url] }),
    );
    return { code, stdout, stderr };
  };

  test("gives access, a new password, and a list", async () => {
    const [email, name] = [newEmail(), `Shed ${randomUUID()}`];
    const unknown = await run("add", email, "--workspace", name);
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`There is no workspace '${name}'; there is `),
    });
    const added = await run("add", email, "--workspace", name, "--create");
    expect(added).toMatchObject({ code: 0, stderr: "" });
    const first = /They sign in with (\S+)/.exec(added.stdout)?.[1] ?? "";
    expect(added.stdout).toMatch(/has no admin yet/);
    const again = await run("add", email, "--workspace", name, "--admin");
    expect(again.stdout).toBe(
      `${email} is an admin of ${name}\nThey have an account already, and keep their password\n`,
    );
    // Without --admin it takes nothing away.
    expect((await run("add", email, "--workspace", name)).stdout).toMatch(/is an admin of/);
    const renewed = await run("password", email);
    const second = /signs in with (\S+)/.exec(renewed.stdout)?.[1] ?? "";
    const attempt = (password: string) => ask(signIn, "/sign-in", { form: { email, password } });
    expect([(await attempt(first)).status, (await attempt(second)).status]).toEqual([422, 303]);
    expect((await run("list")).stdout).toContain(`${email}  ${name} (admin)\n`);
  });

  test("asks which workspace where several have the name", async () => {
    const name = `Shed ${randomUUID()}`;
    const [first, second] = [await app.addWorkspace(name), await app.addWorkspace(name)];
    const asked = await run("add", newEmail(), "--workspace", name);
    expect(asked).toMatchObject({ code: 1, stderr: expect.stringContaining(first) });
    expect(asked.stderr).toContain(second);
    expect(await run("add", newEmail(), "--workspace", second)).toMatchObject({ code: 0 });
    expect(Object.keys(await roles(second))).toHaveLength(1);
  });

  test("says what is wrong", async () => {
    expect(await run("password", "nobody@example.com")).toMatchObject({
      code: 1,
      stderr: "There is no user nobody@example.com: npm run user -- list shows all\n",
    });
    expect(await run("give")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/add, password or list/),
    });
  });
});
