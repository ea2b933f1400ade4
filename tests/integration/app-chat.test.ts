import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readEvents } from "../../app/components/chat/read-events.ts";
import type { AnswerEvent } from "../../app/services/rag/answering/answer-events.ts";
import { APP_ORIGIN, ask, type Handler, requestOf, type TestApp, type TestMember } from "../support/app.ts";
import { collected } from "../support/collected.ts";
import { type HandbookApp, openHandbookApp } from "../support/handbook-app.ts";

let handbook: HandbookApp;
let app: TestApp;
let action: Handler;
let loader: Handler;
let workspaceId: string;
let member: TestMember;
let stranger: TestMember;
let pages: ReadonlyMap<string, string>;
let foreignPage: string;

beforeAll(async () => {
  handbook = await openHandbookApp();
  ({ app, action, loader, workspaceId, member, stranger, pages, foreignPage } = handbook);
});

afterAll(() => handbook.close());

function problemOf(body: unknown, asked: Parameters<typeof ask>[2] = {}) {
  return ask(action, "/api/chat", { as: member, json: body, ...asked });
}

describe("is refused", () => {
  test.each<[string, () => Record<string, unknown>]>([
    ["a page of another workspace", () => ({ page: foreignPage })],
    ["a page that is nowhere", () => ({ page: "00000000-0000-4000-8000-000000000000" })],
  ])("a question about %s, before anything is searched", async (_, place) => {
    const answer = await problemOf({ question: "How do I restore a database?", ...place() });
    expect(answer.status).toBe(404);
    expect(answer.body).toEqual({
      type: "/problems/not-found",
      status: 404,
      title: "This is not here",
      detail: "There is no page with this id in the workspace.",
      field: "page",
    });
  });

  test("a question about a block of another workspace, or of another page", async () => {
    const blockOf = async (page: string | undefined) =>
      (await app.query("SELECT id FROM blocks WHERE page_id = $1 LIMIT 1", [page]))[0]?.id;
    const foreign = await problemOf({ question: "Why?", block: await blockOf(foreignPage) });
    const elsewhere = await problemOf({
      question: "Why?",
      page: pages.get("Backups"),
      block: await blockOf(pages.get("Releases")),
    });
    expect([foreign.status, elsewhere.status]).toEqual([404, 404]);
    expect(foreign.body).toMatchObject({ field: "block" });
  });

  test.each<[number, string, unknown]>([
    [400, "10,000 characters", { question: "🎉".repeat(5_000) }],
    [400, "an empty question", { question: "" }],
    [413, "a body of 100 KB", { question: "a", other: "x".repeat(100_000) }],
  ])("with %i %s", async (status, _, body) => {
    const answer = await problemOf(body);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });

  test("who is not signed in, another site, and a key that there is not", async () => {
    const body = { question: "Why?" };
    const answers = [
      await problemOf(body, { as: null }),
      await problemOf(body, { as: null, key: "hvk_nothing" }),
      await problemOf(body, { headers: { "Sec-Fetch-Site": "cross-site", Origin: "https://example.com" } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 403]);
  });

  test("another method", async () => {
    const get = await ask(loader, "/api/chat", { as: member });
    const put = await ask(action, "/api/chat", { as: member, method: "PUT", json: { question: "Why?" } });
    expect([get.status, put.status]).toEqual([405, 405]);
    expect(get.headers.get("allow")).toBe("POST");
    expect((await ask(loader, "/api/chat")).status).toBe(401);
  });
});

describe("the stream", () => {
  test("tells the sources first, then the text, then that it is done", async () => {
    const request = requestOf("/api/chat", {
      as: member,
      json: { question: "How often do certificates renew?" },
    });
    const response = (await action({ request, params: {}, context: {} })) as Response;
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const events = await collected(readEvents(response));
    expect(events[0]?.event).toBe("sources");
    expect(events.at(-1)).toMatchObject({ event: "done", kind: "extractive", cited: [expect.any(Number)] });
    expect(new Set(events.slice(1, -1).map(({ event }) => event))).toEqual(new Set(["text"]));
  });

  test("answers with a key of the workspace, and only from it", async () => {
    const key = await app.addApiKey(stranger.workspaceId);
    const body = { question: "How often do certificates renew?" };
    const answer = await ask(action, "/api/chat", { key, json: body });
    const events = answer.text.split("\n\n").filter((event) => event !== "");
    expect(events[0]).toBe('event: sources\ndata: {"event":"sources","sources":[]}');
  });

  test("ends when the reader goes away", async () => {
    const { answerQuestion } = await import("../../app/services/rag/answering/answer-question.server.ts");
    const stop = new AbortController();
    const events = answerQuestion({ workspaceId, question: "How do I restore it?" }, { signal: stop.signal });
    expect((await events.next()).value).toMatchObject({ event: "sources" });
    const next = events.next();
    stop.abort(new Error("gone"));
    await expect(next).rejects.toThrow("gone");
  });

  test("does nothing for a request that was given up before", async () => {
    const { answerQuestion } = await import("../../app/services/rag/answering/answer-question.server.ts");
    const signal = AbortSignal.abort(new Error("gone"));
    await expect(collected(answerQuestion({ workspaceId, question: "Why?" }, { signal }))).rejects.toThrow(
      "gone",
    );
  });
});

describe("the question in the address of a page", () => {
  async function inAddress(question: string, headers: Record<string, string> = {}) {
    const { answerInAddress } = await import("../../app/services/rag/answering/answer-in-address.server.ts");
    const address = `${APP_ORIGIN}/app/pages/x?${new URLSearchParams({ question })}`;
    const page = pages.get("Certificates") ?? "";
    return answerInAddress(new Request(address, { headers }), workspaceId, page, `user:${member.userId}`);
  }

  test("is answered with the document", async () => {
    const asked = await inAddress("How often do they renew?", {
      "Sec-Fetch-Dest": "document",
      "Sec-Fetch-Site": "same-origin",
    });
    expect(asked?.answer?.answer).toContain("every sixty days");
  });

  test("is not answered for the data of a page, nor for another site, and its problem is told", async () => {
    expect(await inAddress("Why?", { "Sec-Fetch-Dest": "empty" })).toBeNull();
    expect(await inAddress(" ")).toBeNull();
    expect(await inAddress("Why?", { "Sec-Fetch-Site": "cross-site" })).toEqual({
      question: "Why?",
      answer: null,
    });
    const long = await inAddress("x".repeat(3_000));
    expect(long?.answer?.problem?.message).toBe("question is longer than 2000 characters.");
  });
});

describe("an answer of a model", () => {
  async function written(reply: readonly string[], question = "How do I restore a database?") {
    const { answerQuestion } = await import("../../app/services/rag/answering/answer-question.server.ts");
    const { openAIServer } = await import("../support/openai-server.ts");
    const server = await openAIServer((request) => {
      for (const piece of reply) request.write(piece);
      request.end();
    });
    const writer = { apiKey: "sk-test", baseURL: server.url, model: "gpt-4.1-mini" };
    const asked = { workspaceId, question, pageId: pages.get("Backups") };
    const events: AnswerEvent[] = await collected(answerQuestion(asked, { writer }));
    await server.close();
    return { events, request: server.requests[0] };
  }

  test("is told piece by piece, without the numbers that it made up", async () => {
    const { events, request } = await written([
      "Stop the workers [1",
      "]. Then [",
      "99] restore [2, 40].",
      " Done [",
    ]);
    const text = events.flatMap((told) => (told.event === "text" ? [told.text] : []));
    expect(text.length).toBeGreaterThan(2);
    expect(text.join("")).toBe("Stop the workers [1]. Then restore [2]. Done [");
    expect(events.at(-1)).toEqual({
      event: "done",
      kind: "openai",
      model: "gpt-4.1-mini",
      cited: [1, 2],
      complete: true,
    });
    expect(request?.authorization).toBe("Bearer sk-test");
    expect(request?.messages.at(-1)?.content).toContain('<passage number="1" title="Backups');
    expect(request?.messages.at(-1)?.content).toMatch(/Question: How do I restore a database\?$/);
  });

  test("sends nothing of another workspace to the model", async () => {
    await app.query("UPDATE page_embeddings SET chunk_text = chunk_text || ' TOPSECRET' WHERE page_id = $1", [
      foreignPage,
    ]);
    const { request } = await written(["Yes."]);
    expect(JSON.stringify(request?.messages)).not.toContain("TOPSECRET");
  });
});
