import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ChatRequest {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly authorization: string | undefined;
  /** Sends a piece of the answer. */
  write(text: string): void;
  /** Ends the answer. */
  end(): void;
  /** Resolves when the connection is closed, by either side. */
  readonly closed: Promise<unknown>;
}

export interface OpenAIServer {
  /** For `OPENAI_BASE_URL`. */
  readonly url: string;
  /** The requests so far. */
  readonly requests: readonly ChatRequest[];
  /** Resolves to the next request that comes. */
  nextRequest(): Promise<ChatRequest>;
  close(): Promise<void>;
}

/**
 * A server that speaks OpenAI's chat completions as they were recorded, on a port of its own.
 * @param reply answers a request; without it the test does.
 */
export async function openAIServer(reply: (request: ChatRequest) => void = () => {}): Promise<OpenAIServer> {
  const requests: ChatRequest[] = [];
  const waiting: ((request: ChatRequest) => void)[] = [];
  const server = createServer(async (message, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const { messages } = JSON.parse(Buffer.concat(chunks).toString());
    const request = requestOf(messages, message.headers.authorization, response);
    requests.push(request);
    reply(request);
    waiting.shift()?.(request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    nextRequest: () => new Promise((resolve) => waiting.push(resolve)),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function requestOf(
  messages: ChatRequest["messages"],
  authorization: string | undefined,
  response: ServerResponse,
): ChatRequest {
  const send = (delta: Record<string, string>, finish: string | null) => {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason: finish }];
    const about = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "gpt-4.1-mini" };
    if (!response.headersSent) response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`data: ${JSON.stringify({ ...about, choices })}\n\n`);
  };
  return {
    messages,
    authorization,
    write: (text) => send({ content: text }, null),
    end() {
      send({}, "stop");
      response.end("data: [DONE]\n\n");
    },
    closed: new Promise((resolve) => response.once("close", resolve)),
  };
}
