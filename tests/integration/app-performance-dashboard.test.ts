import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { VectorMetrics } from "../../app/services/monitoring/vector-metrics.ts";
import {
  type Answered,
  ask,
  type Handler,
  openApp,
  requestOf,
  type TestApp,
  type TestMember,
} from "../support/app.ts";

const PAGE = "/app/performance-dashboard";

let app: TestApp;
let page: { loader: Handler; action: Handler };
let events: typeof import("../../app/routes/app.performance-dashboard.events.ts")["loader"];
let workspace: string;
let admin: TestMember;
let member: TestMember;

beforeAll(async () => {
  app = await openApp({ through: "add_halfvec_columns" });
  page = (await import("../../app/routes/app.performance-dashboard.tsx")) as typeof page;
  events = (await import("../../app/routes/app.performance-dashboard.events.ts")).loader;
});

afterAll(() => app.close());

beforeEach(async () => {
  workspace = await app.addWorkspace("Handbook");
  admin = await app.addMember(workspace, { role: "admin", email: `ada-${workspace}@example.com` });
  member = await app.addMember(workspace);
});

async function metrics(): Promise<VectorMetrics> {
  const { body } = await ask(page.loader, PAGE, { as: admin });
  return (body as { metrics: VectorMetrics }).metrics;
}

async function migration() {
  const { migration: section } = await metrics();
  if (section.state !== "read") throw new Error(section.problem.message);
  return section.value;
}

function act(intent: string, as = admin, search = ""): Promise<Answered> {
  return ask(page.action, `${PAGE}${search}`, { as, form: { intent } });
}

/** The same as a browser opens it. */
async function stream(
  as: TestMember,
  { seen = null, lastEventId = null }: { seen?: string | null; lastEventId?: string | null } = {},
) {
  const reader = new AbortController();
  const headers = {
    Accept: "text/event-stream",
    ...(lastEventId === null ? {} : { "Last-Event-ID": lastEventId }),
  };
  const path = `${PAGE}/events${seen === null ? "" : `?seen=${seen}`}`;
  const request = new Request(requestOf(path, { as, headers }), { signal: reader.signal });
  const response = await events({ request, params: {}, context: {} });
  return { response, reader };
}

/** The name of the first event of a stream, and its id. */
async function firstEvent(as: TestMember, asked?: Parameters<typeof stream>[1]) {
  const { response, reader } = await stream(as, asked);
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (/^data: .*\n\n/m.test(text)) break;
  }
  reader.abort();
  return { event: /^event: (.*)$/m.exec(text)?.[1], id: /^id: (.*)$/m.exec(text)?.[1] ?? null };
}

describe("who may see it", () => {
  test("an admin: every part is read", async () => {
    const { migration, storage, latency, recall, memory } = await metrics();
    const parts = { migration, storage, latency, recall, memory };
    const failed = Object.entries(parts).filter(([, { state }]) => state === "failed");
    expect(failed).toEqual([]);
  });

  test("no other member, who is told whom to ask, and does nothing", async () => {
    const read = await ask(page.loader, PAGE, { as: member });
    expect([read.status, read.text]).toEqual([
      403,
      "Only an admin of Handbook may do this. Ask one of them.",
    ]);
    expect((await act("pause", member)).status).toBe(403);
    expect((await migration()).settings?.paused).toBe(false);
    const refused = await ask(events as Handler, `${PAGE}/events`, {
      as: member,
      headers: { Accept: "text/event-stream" },
    });
    expect(refused.status).toBe(403);
  });
});

describe("actions", () => {
  test("pause and resume the conversion, in the name of who did it, and say so on the page", async () => {
    const paused = await act("pause", admin, "?minutes=5");
    expect([paused.status, paused.headers.get("Location")]).toEqual([303, `${PAGE}?minutes=5&done=pause`]);
    expect(
      await app.query("SELECT value, updated_by FROM halfvec_migration.settings WHERE name = 'paused'"),
    ).toEqual([{ value: true, updated_by: admin.email }]);
    expect((await migration()).settings).toMatchObject({ paused: true, pausedBy: admin.email });
    await act("resume");
    const { settings, actions } = await migration();
    expect(settings?.paused).toBe(false);
    expect(actions.slice(0, 2).map(({ by, action }) => [by, action])).toEqual([
      [admin.email, "resume"],
      [admin.email, "pause"],
    ]);
  });

  test("turn the flag, where the column can be searched", async () => {
    expect((await act("flag-vector")).status).toBe(303);
    expect((await migration()).flag).toMatchObject({ value: "vector", from: "database", by: admin.email });
    const refused = await act("flag-halfvec");
    expect(refused.status).toBe(422);
    expect(refused.body).toEqual({ refused: expect.stringContaining("There is no halfvec index yet") });
    expect((await migration()).flag.value).toBe("vector");
    expect((await act("flag-auto")).status).toBe(303);
    expect((await migration()).flag.value).toBe("auto");
  });

  test("begin a verify, whose end stands in the log", async () => {
    expect((await act("verify")).status).toBe(303);
    await expect
      .poll(async () => (await migration()).actions.filter(({ by }) => by === admin.email), {
        timeout: 30_000,
      })
      .toMatchObject([{ action: "verify" }, { action: "verify", detail: "begun" }]);
    expect((await migration()).verifying).toBe(null);
  });

  test("are none where nobody knows them", async () => {
    for (const intent of ["", "drop", "toString"]) expect((await act(intent)).status).toBe(400);
  });
});

describe("the stream of events", () => {
  test("tells the figures, and goes on where a reader was", async () => {
    const first = await firstEvent(admin);
    expect(first).toMatchObject({ event: "metrics", id: expect.stringMatching(/^[\w-]{16}$/) });
    expect(await firstEvent(admin, { lastEventId: first.id })).toEqual({ event: "unchanged", id: null });
    expect(await firstEvent(admin, { seen: first.id })).toEqual({ event: "unchanged", id: null });
    await act("pause");
    expect((await firstEvent(admin, { lastEventId: first.id })).event).toBe("metrics");
    await act("resume");
  });

  test("is what a page that was just loaded has", async () => {
    const { body } = await ask(page.loader, PAGE, { as: admin });
    const { version } = body as { version: string };
    expect((await firstEvent(admin, { seen: version })).event).toBe("unchanged");
  });

  test("is nothing else", async () => {
    const answer = await ask(events as Handler, `${PAGE}/events`, { as: admin });
    expect(answer.status).toBe(406);
  });
});
