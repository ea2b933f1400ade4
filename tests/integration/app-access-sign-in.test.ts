import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type Answered, ask, cookieOf, openApp, type TestApp, type TestMember } from "../support/app.ts";
import { finished, startCode } from "../support/cli.ts";

/** What is asked of the hash function; it does its work all the same. */
const work = vi.hoisted(() => vi.fn());

vi.mock("node:crypto", async (importOriginal) => {
  const original = await importOriginal<typeof import("node:crypto")>();
  work.mockImplementation(original.scrypt);
  return { ...original, scrypt: work };
});

let app: TestApp;
let page: typeof import("../../app/routes/sign-in.tsx");
let limits: typeof import("../../app/services/access/sign-in-limits.server.ts");
let workspace: string;
let member: TestMember;

beforeAll(async () => {
  // As behind a proxy, so that a test chooses where its attempts come from.
  app = await openApp({ env: { APP_TRUST_PROXY: "1" } });
  page = await import("../../app/routes/sign-in.tsx");
  limits = await import("../../app/services/access/sign-in-limits.server.ts");
});

afterAll(() => app.close());

beforeEach(async () => {
  await app.query("DELETE FROM rate_limits");
  workspace = await app.addWorkspace("Garden");
  member = await app.addMember(workspace);
});

interface Attempt {
  email?: string;
  password?: string;
  to?: string;
  from?: string;
  headers?: Record<string, string>;
}

function signIn({
  email = member.email,
  password = member.password,
  to,
  from = "192.0.2.1",
  headers,
}: Attempt = {}) {
  const query = to === undefined ? "" : `?${new URLSearchParams({ to })}`;
  return ask(page.action, `/sign-in${query}`, {
    form: { email, password },
    headers: { "X-Forwarded-For": from, ...headers },
  });
}

const WRONG = { email: "", problem: { field: "password", message: "The e-mail or the password is wrong." } };

function expectWrong({ status, body, headers }: Answered, email: string): void {
  expect({ status, body, cookie: headers.get("Set-Cookie") }).toEqual({
    status: 422,
    body: { ...WRONG, email },
    cookie: null,
  });
}

describe("whoever knows the password", () => {
  test("is signed in, and where they wanted to go", async () => {
    const { status, headers } = await signIn({ to: "/app/pages?sort=title" });
    expect([status, headers.get("Location")]).toEqual([303, "/app/pages?sort=title"]);
    const Cookie = cookieOf(headers.get("Set-Cookie"));
    const again = await ask(page.loader, "/sign-in?to=/app/documents", { headers: { Cookie } });
    expect([again.status, again.headers.get("Location")]).toEqual([302, "/app/documents"]);
  });

  test("may write the address in capitals", async () => {
    expect((await signIn({ email: ` ${member.email.toUpperCase()} ` })).status).toBe(303);
  });

  test.for([
    "https://evil.example/app",
    "//evil.example",
    "/\\evil.example",
    "/%09/evil.example",
    "javascript:alert(1)",
  ])("is not sent to %s", async (to) => {
    expect((await signIn({ to })).headers.get("Location")).toMatch(/^\/app$/);
    const { headers } = await ask(page.loader, `/sign-in?${new URLSearchParams({ to })}`, { as: member });
    expect(headers.get("Location")).toBe("/app");
  });

  test("gets a hash of today's cost", async () => {
    const hash = async () =>
      (await app.query("SELECT password_hash AS hash FROM users WHERE id = $1", [member.userId]))[0]?.hash;
    expect(await hash()).toMatch(/^\$scrypt\$ln=10,/);
    expect((await signIn()).status).toBe(303);
    const renewed = await hash();
    expect(renewed).toMatch(/^\$scrypt\$ln=17,/);
    expect((await signIn()).status).toBe(303);
    expect(await hash()).toBe(renewed);
  });

  test("but is a member of nothing is told so", async () => {
    await app.query("DELETE FROM memberships WHERE user_id = $1", [member.userId]);
    const { status, text, headers } = await signIn();
    expect([status, headers.get("Set-Cookie")]).toEqual([403, null]);
    expect(text).toMatch(/You are a member of no workspace/);
  });

  test("is not signed in by another site", async () => {
    const { status, headers } = await signIn({ headers: { "Sec-Fetch-Site": "cross-site" } });
    expect([status, headers.get("Set-Cookie")]).toEqual([403, null]);
  });
});

describe("whoever does not", () => {
  test("is told the same whether there is such an account or not", async () => {
    const nobody = "nobody@example.com";
    expectWrong(await signIn({ password: "a wrong password" }), member.email);
    expectWrong(await signIn({ email: nobody }), nobody);
  });

  test("waits for as much work whether there is such an account or not", async () => {
    // The first time gives the account a hash of today's cost.
    expect((await signIn()).status).toBe(303);
    const workOf = async (email: string) => {
      work.mockClear();
      expectWrong(await signIn({ email, password: "a wrong password" }), email);
      return work.mock.calls.map(([password, , bytes, cost]) => ({ password, bytes, cost }));
    };
    const known = await workOf(member.email);
    expect(known).toMatchObject([{ password: "a wrong password", cost: { N: 2 ** 17, r: 8, p: 1 } }]);
    expect(await workOf("nobody@example.com")).toEqual(known);
  });

  test.for([
    [{ email: "" }, "email", /not an e-mail address/],
    [{ email: "anna" }, "email", /not an e-mail address/],
    [{ password: "" }, "password", /A password is needed/],
  ] as const)("is told what is missing: %j", async ([attempt, field, message]) => {
    expect(await signIn(attempt)).toMatchObject({
      status: 422,
      body: { problem: { field, message: expect.stringMatching(message) } },
    });
  });

  test("cannot send a form larger than any sign-in", async () => {
    expect((await signIn({ password: "x".repeat(70_000) })).status).toBe(413);
  });
});

describe("attempts", () => {
  const guess = (attempt: Attempt = {}) => signIn({ password: "a wrong password", ...attempt });

  /** Uses up attempts without the work of their passwords. */
  async function spend(
    count: number,
    email: string,
    from: (turn: number) => string,
  ): Promise<(number | null)[]> {
    const { takeAttempt } = limits.signInLimits(app.pool);
    const answers: (number | null)[] = [];
    for (let turn = 0; turn < count; turn++) answers.push(await takeAttempt(email, from(turn)));
    return answers;
  }

  const PAIR = 10;
  const ACCOUNT = 30;
  const ADDRESS = 100;

  test("of one address on one account come to an end, also with the right password, and it says for how long", async () => {
    expect(await spend(PAIR, member.email, () => "192.0.2.1")).toEqual(Array(PAIR).fill(null));
    const { status, headers, body } = await signIn();
    const seconds = Number(headers.get("Retry-After"));
    expect([status, headers.get("Set-Cookie")]).toEqual([429, null]);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(15 * 60);
    expect(body).toMatchObject({
      problem: { field: "password", message: "Too many attempts. Try again in 15 minutes." },
    });
    // A page that is sent without JavaScript has the header from here.
    const sent = page.headers({
      actionHeaders: headers,
      loaderHeaders: new Headers(),
      parentHeaders: new Headers(),
      errorHeaders: undefined,
    });
    expect(new Headers(sent).get("Retry-After")).toBe(String(seconds));
  });

  test("from elsewhere, and on other accounts, go on", async () => {
    await spend(PAIR + 1, member.email, () => "192.0.2.1");
    expect((await signIn({ from: "192.0.2.2" })).status).toBe(303);
    const other = await app.addMember(workspace);
    expect((await signIn({ email: other.email, password: other.password })).status).toBe(303);
  });

  test("on an account that is not there come to an end like any others", async () => {
    await spend(PAIR, "nobody@example.com", () => "192.0.2.1");
    expect((await guess({ email: "nobody@example.com" })).status).toBe(429);
  });

  test("begin anew when they are over", async () => {
    await spend(PAIR + 1, member.email, () => "192.0.2.1");
    await app.query("UPDATE rate_limits SET expire = $1", [Date.now() - 1]);
    expect((await signIn()).status).toBe(303);
  });

  test("begin anew with the right password", async () => {
    const take = () => spend(PAIR - 1, member.email, () => "192.0.2.1");
    expect(await take()).not.toContainEqual(expect.any(Number));
    expect((await signIn()).status).toBe(303);
    expect(await take()).not.toContainEqual(expect.any(Number));
  });

  test("from many addresses on one account come to an end, but not for its owner", async () => {
    expect((await signIn({ from: "198.51.100.7" })).status).toBe(303);
    const answers = await spend(ACCOUNT + 1, member.email, (turn) => `203.0.113.${turn}`);
    expect(answers.filter((seconds) => seconds !== null)).toEqual([expect.any(Number)]);
    expect(answers.at(-1)).toBeLessThanOrEqual(10 * 60);
    expect((await guess({ from: "203.0.113.99" })).status).toBe(429);
    expect((await signIn({ from: "198.51.100.7" })).status).toBe(303);
  });

  test("of one address that are refused do not use up those of the account", async () => {
    await spend(5 * PAIR, member.email, () => "192.0.2.1");
    expect(await spend(1, member.email, () => "192.0.2.2")).toEqual([null]);
  });

  test("of one address on many accounts come to an end", async () => {
    const { takeAttempt } = limits.signInLimits(app.pool);
    const answers: (number | null)[] = [];
    for (let turn = 0; turn <= ADDRESS; turn++)
      answers.push(await takeAttempt(`u${turn}@example.com`, "192.0.2.1"));
    expect(answers.findIndex((seconds) => seconds !== null)).toBe(ADDRESS);
  });

  test("of one IPv6 network count together", async () => {
    for (let turn = 0; turn < PAIR; turn++)
      expect((await guess({ from: `2001:db8::${turn}` })).status).toBe(422);
    expect((await guess({ from: "2001:db8::ffff" })).status).toBe(429);
    expect((await guess({ from: "2001:db8:0:1::1" })).status).toBe(422);
  });

  test("in several processes count together", async () => {
    const attempts = `
      const { signInLimits } = await import(${JSON.stringify(new URL("../../app/services/access/sign-in-limits.server.ts", import.meta.url).href)});
      const { takeAttempt } = signInLimits();
      let taken = 0;
      for (let turn = 0; turn < 8; turn++) if ((await takeAttempt("a@example.com", "192.0.2.1")) === null) taken++;
      process.stdout.write(String(taken));`;
    const processes = [1, 2].map(() => startCode(attempts, { databaseUrl: app.url }));
    const ended = await Promise.all(processes.map(finished));
    expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      Array(2).fill({ code: 0, stderr: "" }),
    );
    expect(ended.reduce((sum, { stdout }) => sum + Number(stdout), 0)).toBe(PAIR);
    expect((await guess({ email: "a@example.com" })).status).toBe(429);
  });

  test("at the same moment are counted one by one", async () => {
    const { takeAttempt } = limits.signInLimits();
    const answers = await Promise.all(
      Array.from({ length: 25 }, () => takeAttempt("a@example.com", "192.0.2.1")),
    );
    expect(answers.filter((seconds) => seconds === null)).toHaveLength(PAIR);
  });
});
