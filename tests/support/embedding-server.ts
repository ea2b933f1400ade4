import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { wordProvider } from "./word-provider.ts";

export interface EmbeddingServer {
  /** What a process needs to use it: the variables of its environment. */
  readonly env: Record<string, string>;
  /** The texts of every request so far, in the order in which they came. */
  readonly requests: readonly (readonly string[])[];
  /** Done before each answer. A number is answered as an HTTP status. */
  before: (texts: readonly string[]) => Promise<number | undefined> | number | undefined;
  close(): Promise<void>;
}

/** OpenAI's embeddings API on this machine, with vectors that are made of the words: for processes of their own. */
export async function startEmbeddingServer(): Promise<EmbeddingServer> {
  const requests: string[][] = [];
  const provider = wordProvider();
  const server = createServer(async (request, response) => {
    const { input } = JSON.parse(await textOf(request)) as { input: string[] };
    requests.push(input);
    const status = await api.before(input);
    if (status === undefined) return answer(response, 200, { data: await vectors(input) });
    answer(response, status, { error: { message: `refused with ${status}` } });
  });
  async function vectors(input: string[]) {
    return (await provider.embed(input)).map((embedding, index) => ({ index, embedding }));
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const api: EmbeddingServer = {
    env: {
      EMBEDDING_PROVIDER: "openai",
      OPENAI_API_KEY: "sk-test",
      OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
    },
    requests,
    before: () => undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return api;
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "x-should-retry": "false" });
  response.end(JSON.stringify(body));
}
