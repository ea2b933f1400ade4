import OpenAI, { APIConnectionTimeoutError, APIError, APIUserAbortError } from "openai";
import { inputBatches } from "./input-batches.ts";
import { type EmbeddingProvider, EmbeddingProviderError } from "./provider.ts";

export interface OpenAIProviderOptions {
  apiKey: string;
  /** Another server with the same API. Default: the client's own. */
  baseURL?: string | undefined;
  /** Default `text-embedding-3-small`. */
  model?: string | undefined;
  /** Length of the vectors to ask for. Default 1536. */
  dimensions?: number | undefined;
  /** Milliseconds until one attempt is given up. Default 30,000. */
  timeoutMs?: number | undefined;
  /** Attempts after the first, on 408, 409, 429, 5xx, lost connections and time-outs. Default 6. */
  maxRetries?: number | undefined;
}

/**
 * A request may hold 2,048 inputs of 300,000 tokens together (OpenAI's API reference, "Create embeddings"). The
 * tokens are runs of bytes, so a text never has more of them than bytes. Smaller counts make a lost request cheap.
 */
const REQUEST_LIMITS = { count: 256, bytes: 250_000 };

/** An input may hold 8,192 tokens. English has some four characters a token, Chinese and Japanese about one. */
const INPUT_CHARACTERS = 8_000;

/**
 * Embeddings from OpenAI's API with the official client, which retries with exponential backoff and obeys
 * `retry-after`. Requests run one after the other, so that a rate limit is met by one request at a time.
 */
export function openAIProvider(options: OpenAIProviderOptions): EmbeddingProvider {
  const model = options.model ?? "text-embedding-3-small";
  const dimensions = options.dimensions ?? 1536;
  const client = new OpenAI({
    apiKey: options.apiKey,
    baseURL: options.baseURL,
    timeout: options.timeoutMs ?? 30_000,
    maxRetries: options.maxRetries ?? 6,
    logLevel: "off",
  });

  async function embedBatch(texts: string[], signal: AbortSignal | undefined): Promise<number[][]> {
    try {
      // The format is asked for by name and both kinds are read: with the default the client decodes the answer
      // as base64 even where a compatible server sent plain numbers.
      const answer = await client.embeddings.create(
        { model, input: texts, dimensions, encoding_format: "base64" },
        { signal: signal ?? null },
      );
      return vectorsOf(answer.data, texts.length, dimensions);
    } catch (error) {
      signal?.throwIfAborted();
      throw providerError(error, options.apiKey);
    }
  }

  return {
    name: "openai",
    model,
    dimensions,
    inputCharacters: INPUT_CHARACTERS,
    async embed(texts, { signal } = {}) {
      const vectors: number[][] = [];
      for (const batch of inputBatches(texts, REQUEST_LIMITS)) {
        signal?.throwIfAborted();
        vectors.push(...(await embedBatch(batch, signal)));
      }
      return vectors;
    },
    close: async () => {},
  };
}

function vectorsOf(
  data: readonly { index: number; embedding: unknown }[] | undefined,
  count: number,
  dimensions: number,
): number[][] {
  const vectors = new Array<number[] | undefined>(count);
  for (const { index, embedding } of data ?? []) {
    if (!(index >= 0 && index < count)) throw invalidAnswer(`a vector for text ${index + 1} of ${count}`);
    vectors[index] = numbersOf(embedding);
  }
  return Array.from(vectors, (vector, index) => {
    if (vector === undefined) throw invalidAnswer(`no vector for text ${index + 1} of ${count}`);
    if (vector.length !== dimensions) {
      throw invalidAnswer(`${vector.length} dimensions for text ${index + 1} of ${count}, not ${dimensions}`);
    }
    if (!vector.every(Number.isFinite))
      throw invalidAnswer(`no finite vector for text ${index + 1} of ${count}`);
    return vector;
  });
}

/** The API sends little-endian float32 as base64; compatible servers may send a list of numbers. */
function numbersOf(embedding: unknown): number[] {
  if (Array.isArray(embedding)) return embedding;
  if (typeof embedding !== "string") return [];
  const bytes = Buffer.from(embedding, "base64");
  return Array.from({ length: bytes.length >> 2 }, (_, index) => bytes.readFloatLE(index * 4));
}

function invalidAnswer(message: string): EmbeddingProviderError {
  return new EmbeddingProviderError("openai", "invalid_answer", `the answer holds ${message}`);
}

/** The client's errors carry headers and bodies: only the status and the cleaned message are kept. */
function providerError(error: unknown, apiKey: string): EmbeddingProviderError {
  if (error instanceof EmbeddingProviderError) return error;
  if (error instanceof APIConnectionTimeoutError) {
    return new EmbeddingProviderError("openai", "timeout", "no answer in time");
  }
  if (error instanceof APIUserAbortError || !(error instanceof APIError)) {
    return new EmbeddingProviderError("openai", "invalid_answer", "the answer could not be read");
  }
  const { status } = error;
  if (status === 401 || status === 403) {
    return new EmbeddingProviderError("openai", "authentication", `the key was refused (${status})`, status);
  }
  if (status === 429)
    return new EmbeddingProviderError("openai", "rate_limited", "too many requests", status);
  if (status === undefined || status >= 500) {
    return new EmbeddingProviderError(
      "openai",
      "unavailable",
      status ? `status ${status}` : "no connection",
      status,
    );
  }
  const message = error.message.replaceAll(apiKey, "…").replace(/\bsk-[\w*-]+/g, "…");
  return new EmbeddingProviderError("openai", "invalid_request", message, status);
}
