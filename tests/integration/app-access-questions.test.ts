import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Asked, ask, openApp, type TestApp, type TestMember } from "../support/app.ts";

let app: TestApp;
let chat: typeof import("../../app/routes/api.chat.ts").action;
let readPage: typeof import("../../app/routes/app.pages.$id.tsx").loader;
let workspace: string;
let member: TestMember;
let page: string;

beforeAll(async () => {
  app = await openApp({ env: { CHAT_QUESTIONS_PER_MINUTE: "2" } });
  chat = (await import("../../app/routes/api.chat.ts")).action;
  readPage = (await import("../../app/routes/app.pages.$id.tsx")).loader;
  const { createPage } = await import("../../app/services/content/pages.server.ts");
  workspace = await app.addWorkspace("Garden");
  page = await createPage(workspace, { title: "Ferns", markdown: "Ferns want water every other day." });
});

afterAll(() => app.close());

beforeEach(async () => {
  await app.query("DELETE FROM rate_limits");
  member = await app.addMember(workspace);
});

const json = { question: "How much water do ferns want?" };
const headers = { Accept: "application/json" };
const question = (asked: Asked) => ask(chat, "/api/chat", { json, headers, ...asked });

test("a member who asks too much is told when to ask again, on whichever way they ask", async () => {
  const inAddress = () =>
    ask(readPage, `/app/pages/${page}?question=Water%3F`, { as: member, params: { id: page } });
  expect((await question({ as: member })).status).toBe(200);
  expect((await inAddress()).body).toMatchObject({ asked: { answer: { problem: null } } });
  const refused = await question({ as: member });
  expect(refused).toMatchObject({
    status: 429,
    body: {
      type: "/problems/too-many-questions",
      detail: expect.stringMatching(/^Too many questions\. Try again/),
    },
  });
  const seconds = Number(refused.headers.get("Retry-After"));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(60);
  expect(await inAddress()).toMatchObject({
    status: 200,
    body: { asked: { answer: { problem: { message: expect.stringMatching(/^Too many questions\./) } } } },
  });
});

test("others go on: members, and each key of the workspace", async () => {
  const other = await app.addMember(workspace);
  const [key, otherKey] = [await app.addApiKey(workspace), await app.addApiKey(workspace)];
  for (const asked of [{ as: member }, { key }]) {
    expect([(await question(asked)).status, (await question(asked)).status]).toEqual([200, 200]);
    expect((await question(asked)).status).toBe(429);
  }
  expect([(await question({ as: other })).status, (await question({ key: otherKey })).status]).toEqual([
    200, 200,
  ]);
});

test("what is no question is not counted, and the count begins anew", async () => {
  for (let turn = 0; turn < 3; turn++) {
    expect((await question({ as: member, json: { question: "" } })).status).toBe(400);
  }
  expect([(await question({ as: member })).status, (await question({ as: member })).status]).toEqual([
    200, 200,
  ]);
  expect((await question({ as: member })).status).toBe(429);
  await app.query("UPDATE rate_limits SET expire = $1", [Date.now() - 1]);
  expect((await question({ as: member })).status).toBe(200);
});
