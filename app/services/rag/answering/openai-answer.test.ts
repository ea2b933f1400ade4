import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type OpenAIAnswerOptions, openAIAnswer } from "./openai-answer.ts";

const KEY = "sk-test-0123456789abcdef";
const never = new AbortController().signal;

/** Answers of the API as recorded, in turn; the last one again and again. */
type Reply = (response: ServerResponse) => void;

let server: Server;
let requests: { body: Record<string, unknown>; message: IncomingMessage; gone: Promise<unknown> }[];
let replies: Reply[];

beforeEach(async () => {
  requests = [];
  replies = [];
  server = createServer(async (message, response) => {
    const gone = new Promise((resolve) => response.once("close", resolve));
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    requests.push({ body: JSON.parse(Buffer.concat(chunks).toString()), message, gone });
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    reply?.(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** A line of the stream as the API sends it. */
function chunk(delta: Record<string, unknown>, finish: string | null = null): string {
  const choice = { index: 0, delta, logprobs: null, finish_reason: finish };
  const about = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "gpt-4.1-mini" };
  return `data: ${JSON.stringify({ ...about, choices: [choice] })}\n\n`;
}

const BEGIN = chunk({ role: "assistant", content: "" });
const END = `${chunk({}, "stop")}data: [DONE]\n\n`;

/** How a server says when to ask again. */
const SOON = { "retry-after-ms": "1" };

function stream(...parts: string[]): Reply {
  return (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const part of parts) response.write(part);
    response.end();
  };
}

function failure(status: number, message: string, later: Record<string, string> = SOON): Reply {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", ...later });
    response.end(JSON.stringify({ error: { message, type: "error", param: null, code: null } }));
  };
}

async function answer(options: Partial<OpenAIAnswerOptions> = {}, signal = never) {
  const { port } = server.address() as AddressInfo;
  const baseURL = `http://127.0.0.1:${port}/v1`;
  const messages = [{ role: "user", content: "Why?" }] as const;
  const told = openAIAnswer(messages, { apiKey: KEY, baseURL, model: "gpt-4.1-mini", ...options }, signal);
  const pieces: string[] = [];
  let next = await told.next();
  for (; !next.done; next = await told.next()) pieces.push(next.value);
  return { pieces, complete: next.value };
}

const problemOf = (told: Promise<unknown>) =>
  told.then(
    () => "no problem",
    (error) => error.problem?.kind ?? error,
  );

test("tells the text as it comes, also where a character is cut in two", async () => {
  const bytes = Buffer.from(chunk({ content: "für 🎉" }));
  const cut = bytes.indexOf(Buffer.from("🎉")) + 2;
  replies = [
    (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(BEGIN + chunk({ content: "Stop [" }));
      response.write(bytes.subarray(0, cut));
      setImmediate(() => {
        response.write(bytes.subarray(cut));
        response.end(END);
      });
    },
  ];
  expect(await answer()).toEqual({ pieces: ["Stop [", "für 🎉"], complete: true });
  expect(requests[0]?.body).toMatchObject({
    model: "gpt-4.1-mini",
    stream: true,
    max_completion_tokens: 4000,
  });
  expect(requests[0]?.message.headers.authorization).toBe(`Bearer ${KEY}`);
});

test("says that it was cut off at the longest answer", async () => {
  replies = [stream(BEGIN, chunk({ content: "Long" }), chunk({}, "length"), "data: [DONE]\n\n")];
  expect(await answer()).toEqual({ pieces: ["Long"], complete: false });
});

test("tries again while nothing has come", async () => {
  replies = [failure(429, "slow down"), failure(500, "oops"), stream(BEGIN, chunk({ content: "Yes" }), END)];
  expect(await answer()).toEqual({ pieces: ["Yes"], complete: true });
  expect(requests).toHaveLength(3);
});

test("tries again after a silence, and after a server that hangs up", async () => {
  replies = [() => {}, (response) => response.destroy(), stream(BEGIN, chunk({ content: "Yes" }), END)];
  expect(await answer({ silenceMs: 300 })).toEqual({ pieces: ["Yes"], complete: true });
  expect(requests).toHaveLength(3);
});

test("tries no more once it took too long in all", async () => {
  replies = [() => {}];
  expect(await problemOf(answer({ silenceMs: 100, patienceMs: 250, maxRetries: 1_000 }))).toBe("timeout");
  replies = [failure(503, "Overloaded", { "retry-after-ms": "400" })];
  expect(await problemOf(answer({ patienceMs: 200 }))).toBe("timeout");
});

test.each([
  ["an hour", { "retry-after": "3600" }],
  ["a date", { "retry-after": new Date(Date.now() + 3_600_000).toUTCString() }],
  ["milliseconds", { "retry-after-ms": "60000" }],
])(
  "does not wait where the server wants to be asked again later than anybody waits: in %s",
  async (_, later) => {
    replies = [failure(429, "Rate limit reached", later)];
    expect(await problemOf(answer())).toBe("rate-limited");
    expect(requests).toHaveLength(1);
  },
);

test("says that the model fails, not that it is out of reach, where it says so itself", async () => {
  replies = [stream(BEGIN, 'data: {"error": {"message": "server error"}}\n\n')];
  const { message } = await answer({ maxRetries: 0 }).catch((error) => error);
  expect(message).toBe("OpenAI fails. Try again in a moment.");
});

describe("says in plain words that", () => {
  test.each<[string, Reply]>([
    ["key-refused", failure(401, "Incorrect API key provided")],
    ["rate-limited", failure(429, "Rate limit reached")],
    ["unavailable", failure(503, "Overloaded")],
    ["failed", failure(400, "This model does not exist")],
    ["refused", stream(BEGIN, chunk({}, "content_filter"), "data: [DONE]\n\n")],
    ["interrupted", stream(BEGIN, chunk({ content: "Half an" }))],
    [
      "interrupted",
      stream(BEGIN, chunk({ content: "x" }), 'data: {"error": {"message": "server error"}}\n\n'),
    ],
    [
      "interrupted",
      (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(BEGIN + chunk({ content: "Half an" }), () => response.destroy());
      },
    ],
  ])("it is %s", async (kind, reply) => {
    replies = [reply];
    expect(await problemOf(answer({ maxRetries: 0 }))).toBe(kind);
  });

  test("nobody is there", async () => {
    expect(await problemOf(answer({ baseURL: "http://127.0.0.1:1/v1", maxRetries: 0 }))).toBe("unavailable");
  });

  test("no answer comes, or none any more", async () => {
    replies = [() => {}];
    expect(await problemOf(answer({ silenceMs: 50, maxRetries: 0 }))).toBe("timeout");
    replies = [
      (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(BEGIN + chunk({ content: "Half an" }));
      },
    ];
    const { message } = await answer({ silenceMs: 200 }).catch((error) => error);
    expect(message).toBe("OpenAI stopped in the middle of the answer. Try again.");
    await requests[1]?.gone;
  });
});

test("no problem shows the key, not even one that the server repeats", async () => {
  for (const status of [400, 401, 429, 500]) {
    replies = [failure(status, `Incorrect API key provided: ${KEY}. And sk-te**********cdef`)];
    const error = await answer({ maxRetries: 0 }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: "AnswerProblemError" });
    expect(inspect(error, { depth: null, showHidden: true })).not.toMatch(/sk-te/);
  }
});

test("ends the request when it is told to stop", async () => {
  const stop = new AbortController();
  replies = [
    (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(BEGIN + chunk({ content: "Half an" }), () => stop.abort(new Error("no longer read")));
    },
  ];
  await expect(answer({}, stop.signal)).rejects.toThrow("no longer read");
  await requests[0]?.gone;
});
