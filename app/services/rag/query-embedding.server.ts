import { LRUCache } from "lru-cache";
import { generateEmbedding } from "../embedding-generation.server.ts";

/** Vectors that are kept: 12 KB each. */
const QUERIES = 500;

const asked = new LRUCache<string, Promise<number[]>>({ max: QUERIES });

/**
 * The embedding of a query. One that was asked lately, or is being embedded for somebody else, is not sent to the model
 * again: its vector stays in the memory of this process.
 *
 * @param signal ends the wait; the query is embedded all the same, for the next who asks
 * @throws EmbeddingProviderError, which is not kept; the reason of `signal`
 */
export async function embedQuery(query: string, signal?: AbortSignal): Promise<number[]> {
  let embedding = asked.get(query);
  if (embedding === undefined) {
    embedding = generateEmbedding(query);
    asked.set(query, embedding);
    embedding.catch(() => asked.delete(query));
  }
  return await (signal === undefined ? embedding : untilAborted(embedding, signal));
}

async function untilAborted<Result>(result: Promise<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted();
  return await new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    result.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
