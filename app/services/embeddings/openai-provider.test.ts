import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type OpenAIProviderOptions, openAIProvider } from "./openai-provider.ts";

const KEY = "sk-test-0123456789abcdef";

interface EmbeddingRequest {
  model: string;
  input: string[];
  dimensions: number;
  encoding_format: string;
}

/** Answers of the API as recorded, in turn; the last one again and again. */
type Answer = (body: EmbeddingRequest, response: ServerResponse) => void;

let server: Server;
let requests: { body: EmbeddingRequest; authorization: string | undefined }[];
let answers: Answer[];

beforeEach(async () => {
  requests = [];
  answers = [];
  server = createServer(async (request, response) => {
    const body = JSON.parse(await text(request)) as EmbeddingRequest;
    requests.push({ body, authorization: request.headers.authorization });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    answer?.(body, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function provider(options: Partial<OpenAIProviderOptions> = {}) {
  const { port } = server.address() as AddressInfo;
  return openAIProvider({ apiKey: KEY, baseURL: `http://127.0.0.1:${port}/v1`, dimensions: 4, ...options });
}

/** The vector of a text: its length in the first place. */
const vectorOf = (input: string) => Float32Array.of(input.length, 0.5, -0.25, 1);
const base64 = (vector: Float32Array) => Buffer.from(vector.buffer).toString("base64");

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

function list(embeddings: unknown[], order = embeddings.map((_, index) => index)) {
  const data = order.map((index) => ({ object: "embedding", index, embedding: embeddings[index] }));
  const usage = { prompt_tokens: 5, total_tokens: 5 };
  return { object: "list", data, model: "text-embedding-3-small", usage };
}

const success: Answer = (body, response) => send(response, 200, list(body.input.map(vectorOf).map(base64)));

function failure(
  status: number,
  type: string,
  message: string,
  headers: Record<string, string> = {},
): Answer {
  const error = { message, type, param: null, code: null };
  return (_, response) => send(response, status, { error }, { "retry-after-ms": "1", ...headers });
}

test("asks for the model and the dimensions, and reads the vectors in the order of the texts", async () => {
  answers = [(body, response) => send(response, 200, list(body.input.map(vectorOf).map(base64), [2, 0, 1]))];
  const vectors = await provider().embed(["a", "bb", "ccc"]);
  expect(vectors).toEqual([
    [1, 0.5, -0.25, 1],
    [2, 0.5, -0.25, 1],
    [3, 0.5, -0.25, 1],
  ]);
  const { body, authorization } = requests[0] as (typeof requests)[number];
  expect(body).toMatchObject({ model: "text-embedding-3-small", dimensions: 4, input: ["a", "bb", "ccc"] });
  expect(authorization).toBe(`Bearer ${KEY}`);
});

test("reads plain numbers too, as servers with the same API send them", async () => {
  answers = [(body, response) => send(response, 200, list(body.input.map((input) => [...vectorOf(input)])))];
  expect(await provider().embed(["a"])).toEqual([[1, 0.5, -0.25, 1]]);
});

test("sends many texts in several requests", async () => {
  answers = [success];
  const texts = Array.from({ length: 600 }, (_, index) => "x".repeat((index % 7) + 1));
  const vectors = await provider().embed(texts);
  expect(vectors.map(([length]) => length)).toEqual(texts.map(({ length }) => length));
  expect(requests.map(({ body }) => body.input.length)).toEqual([256, 256, 88]);
});

test("sends nothing for no texts", async () => {
  expect(await provider().embed([])).toEqual([]);
  expect(requests).toHaveLength(0);
});

describe("retries", () => {
  test("after 429 with retry-after", async () => {
    answers = [failure(429, "requests", "Rate limit reached", { "retry-after": "0.01" }), success];
    expect(await provider().embed(["abc"])).toEqual([[3, 0.5, -0.25, 1]]);
    expect(requests).toHaveLength(2);
  });

  test("after 500 and 503", async () => {
    answers = [
      failure(500, "server_error", "The server had an error"),
      failure(503, "server_error", "Busy"),
      success,
    ];
    expect(await provider().embed(["abc"])).toEqual([[3, 0.5, -0.25, 1]]);
    expect(requests).toHaveLength(3);
  });

  test("after a time-out", async () => {
    answers = [() => {}, success];
    expect(await provider({ timeoutMs: 100 }).embed(["abc"])).toEqual([[3, 0.5, -0.25, 1]]);
    expect(requests).toHaveLength(2);
  });

  test("not after 400", async () => {
    answers = [failure(400, "invalid_request_error", "This model's maximum context length is 8192 tokens")];
    await expect(provider().embed(["abc"])).rejects.toMatchObject({
      problem: "invalid_request",
      status: 400,
      message: expect.stringContaining("maximum context length"),
    });
    expect(requests).toHaveLength(1);
  });
});

describe("gives up with a typed error", () => {
  test.each([
    [429, "rate_limited"],
    [500, "unavailable"],
  ])("when it is still %i", async (status, problem) => {
    answers = [failure(status, "error", "still so")];
    await expect(provider({ maxRetries: 2 }).embed(["abc"])).rejects.toMatchObject({ problem, status });
    expect(requests).toHaveLength(3);
  });

  test("when no answer comes", async () => {
    answers = [() => {}];
    const attempt = provider({ maxRetries: 1, timeoutMs: 50 }).embed(["abc"]);
    await expect(attempt).rejects.toMatchObject({ name: "EmbeddingProviderError", problem: "timeout" });
  });

  test("when nobody listens", async () => {
    const attempt = openAIProvider({ apiKey: KEY, baseURL: "http://127.0.0.1:1/v1", maxRetries: 0 }).embed([
      "abc",
    ]);
    await expect(attempt).rejects.toMatchObject({ problem: "unavailable" });
  });

  test.each<[string, unknown]>([
    ["a vector of another dimension", list([base64(Float32Array.of(1, 2, 3))])],
    ["a vector that is not finite", list([base64(Float32Array.of(1, 2, Number.NaN, 4))])],
    ["null in a list of numbers", list([[1, null, 3, 4]])],
    ["a number as text", list([[1, "2", 3, 4]])],
    ["a vector for a text that was not sent", list([base64(Float32Array.of(1, 2, 3, 4))], [1e9])],
    ["fewer vectors than texts", list([])],
    ["no list at all", { object: "list" }],
  ])("when the answer holds %s", async (_, body) => {
    answers = [(_request, response) => send(response, 200, body)];
    await expect(provider().embed(["abc"])).rejects.toMatchObject({ problem: "invalid_answer" });
  });
});

test("no error shows the key, not even one that the server repeats", async () => {
  for (const status of [400, 401, 429]) {
    answers = [
      failure(status, "invalid_request_error", `Incorrect API key provided: ${KEY}. And sk-te**********cdef`),
    ];
    const error = await provider({ maxRetries: 0 })
      .embed(["abc"])
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: "EmbeddingProviderError", status });
    expect(inspect(error, { depth: null, showHidden: true })).not.toMatch(/sk-te/);
  }
});

test("stops when it is told to", async () => {
  const controller = new AbortController();
  answers = [() => controller.abort(new Error("no longer needed"))];
  await expect(provider().embed(["abc"], { signal: controller.signal })).rejects.toThrow("no longer needed");
  expect(requests).toHaveLength(1);
});
