import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, type Handler, openApp, type TestApp, type TestMember } from "../support/app.ts";

let app: TestApp;
let operator: TestMember;
let admin: TestMember;
let member: TestMember;
/** What concerns the whole database. */
let asked: (as: TestMember) => Promise<number[]>;
let frame: Handler;

beforeAll(async () => {
  app = await openApp({
    through: "add_halfvec_columns",
    env: { APP_OPERATORS: "Ops@example.com, member@example.com" },
  });
  const workspace = await app.addWorkspace();
  operator = await app.addMember(workspace, { role: "admin", email: "ops@example.com" });
  admin = await app.addMember(workspace, { role: "admin" });
  member = await app.addMember(workspace, { email: "member@example.com" });
  const page = await import("../../app/routes/app.performance-dashboard.tsx");
  const events = await import("../../app/routes/app.performance-dashboard.events.ts");
  const json = await import("../../app/routes/api.metrics[.]json.ts");
  frame = (await import("../../app/routes/app.tsx")).loader;
  const path = "/app/performance-dashboard";
  asked = async (as) => {
    const answers = await Promise.all([
      ask(page.loader, path, { as }),
      ask(page.action, path, { as, form: { intent: "pause" } }),
      // Without asking for a stream: 406 for who may have one.
      ask(events.loader, `${path}/events`, { as }),
      ask(json.loader, "/api/metrics.json", { as }),
    ]);
    return answers.map(({ status }) => status);
  };
});

afterAll(() => app.close());

test("who is named sees and steers the migration, another admin and a member do not", async () => {
  expect(await asked(operator)).toEqual([200, 303, 406, 200]);
  expect(await asked(admin)).toEqual([403, 403, 403, 403]);
  expect(await asked(member)).toEqual([403, 403, 403, 403]);
});

test("only who is named is led there", async () => {
  const led = async (as: TestMember) => (await ask(frame, "/app", { as })).body;
  expect(await led(operator)).toMatchObject({ who: { operator: true } });
  expect(await led(admin)).toMatchObject({ who: { operator: false, role: "admin" } });
  expect(await led(member)).toMatchObject({ who: { operator: false } });
});
