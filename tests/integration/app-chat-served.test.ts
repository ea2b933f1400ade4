import { afterAll, beforeAll, expect, test } from "vitest";
import { readEvents } from "../../app/components/chat/read-events.ts";
import type { AnswerEvent } from "../../app/services/rag/answering/answer-events.ts";
import { openApp, type TestApp } from "../support/app.ts";
import type { CliProcess } from "../support/cli.ts";
import { type OpenAIServer, openAIServer } from "../support/openai-server.ts";
import { serveApi } from "../support/served-api.ts";

let app: TestApp;
let model: OpenAIServer;
let served: CliProcess;
let address: string;
let key: string;

// The app as it is served in production, express and its compression included, with a model that the test speaks for.
beforeAll(async () => {
  app = await openApp();
  model = await openAIServer();
  const workspaceId = await app.addWorkspace();
  key = await app.addApiKey(workspaceId);
  await app.query(
    "INSERT INTO documents (workspace_id, title, content, embedding) VALUES ($1, 'A', 'Text.', $2)",
    [workspaceId, JSON.stringify(Array(1536).fill(0.02))],
  );
  ({ process: served, address } = await serveApi(app.url, {
    OPENAI_API_KEY: "sk-test",
    OPENAI_BASE_URL: model.url,
  }));
});

afterAll(async () => {
  served.kill();
  await served.exit;
  await model.close();
  await app.close();
});

/** Asks as a client that takes compressed answers, and reads one event after the other. */
async function asking(signal?: AbortSignal) {
  const response = await fetch(`${address}/api/chat`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      "accept-encoding": "gzip, deflate, br",
    },
    body: JSON.stringify({ question: "What does it say?" }),
    ...(signal && { signal }),
  });
  const events = readEvents(response);
  const next = async (): Promise<AnswerEvent | undefined> => (await events.next()).value;
  return { response, next };
}

test("each event reaches the client before the next one is told", async () => {
  const asked = model.nextRequest();
  const { response, next } = await asking();
  expect(response.headers.get("content-encoding")).toBeNull();
  expect(await next()).toMatchObject({ event: "sources", sources: [{ n: 1, text: "Text." }] });
  const answer = await asked;
  answer.write("It says text [1]");
  // The model says the next word only after the one before it has arrived.
  expect(await next()).toEqual({ event: "text", text: "It says text [1]" });
  answer.write(". Really.");
  expect(await next()).toEqual({ event: "text", text: ". Really." });
  answer.end();
  expect(await next()).toMatchObject({ event: "done", kind: "openai", cited: [1] });
  expect(await next()).toBeUndefined();
});

test("a client that goes away ends the request to the model", { timeout: 30_000 }, async () => {
  const leave = new AbortController();
  const asked = model.nextRequest();
  const { next } = await asking(leave.signal);
  await next();
  const answer = await asked;
  answer.write("It says ");
  expect(await next()).toMatchObject({ event: "text" });
  leave.abort();
  // Without that it would be open until the test is over: what gives up by itself does so after 45 seconds.
  await answer.closed;
  expect(served.stderr()).toBe("");
});
