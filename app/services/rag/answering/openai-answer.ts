import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError } from "openai";
import type { AnswerProblem } from "./answer-events.ts";
import { fetchUnlessLater } from "./fetch-unless-later.ts";
import type { ChatMessage } from "./prompt.ts";

export interface OpenAIAnswerOptions {
  readonly apiKey: string;
  /** Another server with the same API. Default: the client's own. */
  readonly baseURL?: string | undefined;
  readonly model: string;
  /** Milliseconds until the server must answer an attempt, and until each piece after that. Default 45,000. */
  readonly silenceMs?: number | undefined;
  /**
   * Attempts after the first, each a little later than the one before, on 408, 409, 429, 5xx, silence and lost connections until
   * the server answers. Default 2.
   */
  readonly maxRetries?: number | undefined;
  /** Milliseconds for all attempts together until the server answers. Default 90,000. */
  readonly patienceMs?: number | undefined;
}

/** The model gave no answer, or did not finish it. Its message never holds the key. */
export class AnswerProblemError extends Error {
  override readonly name = "AnswerProblemError";
  readonly problem: AnswerProblem;

  constructor(kind: AnswerProblem["kind"], message: string) {
    super(message);
    this.problem = { kind, message };
  }
}

/** Longest answer, in tokens; the thoughts of a model that thinks count. */
const MOST_TOKENS = 4_000;

/**
 * An answer of OpenAI's chat completions (or of a server that speaks the same), as it is written.
 *
 * @returns whether the model came to its end, rather than to the longest answer.
 * @throws {AnswerProblemError}
 * @throws the reason of `signal`, which also ends the request.
 */
export async function* openAIAnswer(
  messages: readonly ChatMessage[],
  { apiKey, baseURL, model, silenceMs = 45_000, maxRetries = 2, patienceMs = 90_000 }: OpenAIAnswerOptions,
  signal: AbortSignal,
): AsyncGenerator<string, boolean> {
  const client = new OpenAI({
    apiKey,
    baseURL,
    maxRetries,
    timeout: silenceMs,
    fetch: fetchUnlessLater,
    logLevel: "off",
  });
  const request = new AbortController();
  const stop = () => request.abort();
  let timer: NodeJS.Timeout | undefined = setTimeout(stop, patienceMs);
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(stop, silenceMs);
  };
  let begun = false;
  let reason: string | null = null;
  try {
    signal.throwIfAborted();
    signal.addEventListener("abort", stop);
    const chunks = await client.chat.completions.create(
      { model, messages: [...messages], stream: true, max_completion_tokens: MOST_TOKENS },
      { signal: request.signal },
    );
    heard();
    for await (const { choices } of chunks) {
      heard();
      const [choice] = choices ?? [];
      reason = choice?.finish_reason ?? reason;
      const text = choice?.delta?.content;
      if (!text) continue;
      begun = true;
      yield text;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw request.signal.aborted ? timedOut(begun) : problemOf(error, begun, apiKey);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
  // The client ends an aborted stream as if it were complete.
  signal.throwIfAborted();
  if (request.signal.aborted) throw timedOut(begun);
  if (reason === null) throw interrupted();
  if (reason === "content_filter") {
    throw new AnswerProblemError("refused", "The model declined to answer this.");
  }
  return reason !== "length";
}

/** The client's errors carry headers and bodies: only their kind is told, and of a refusal the cleaned message. */
function problemOf(error: unknown, begun: boolean, apiKey: string): AnswerProblemError {
  if (error instanceof APIConnectionTimeoutError) return timedOut(begun);
  if (begun) return interrupted();
  if (!(error instanceof APIError)) {
    return new AnswerProblemError("failed", "The answer of OpenAI could not be read.");
  }
  const { status } = error;
  if (status === 401 || status === 403) {
    const told = `OpenAI refused the key (status ${status}). Check OPENAI_API_KEY on the server.`;
    return new AnswerProblemError("key-refused", told);
  }
  if (status === 429) {
    const told =
      "OpenAI takes no more questions just now (too many, or the account is used up). Try again later.";
    return new AnswerProblemError("rate-limited", told);
  }
  if (status === undefined || status >= 500) {
    const failing = status === undefined ? "fails" : `fails (status ${status})`;
    const why = error instanceof APIConnectionError ? "cannot be reached" : failing;
    return new AnswerProblemError("unavailable", `OpenAI ${why}. Try again in a moment.`);
  }
  const message = error.message.replaceAll(apiKey, "…").replace(/\bsk-[\w*-]+/g, "…");
  return new AnswerProblemError("failed", `OpenAI did not take the question: ${message}`);
}

function timedOut(begun: boolean): AnswerProblemError {
  const what = begun ? "stopped in the middle of the answer" : "did not answer in time";
  return new AnswerProblemError("timeout", `OpenAI ${what}. Try again.`);
}

function interrupted(): AnswerProblemError {
  return new AnswerProblemError("interrupted", "The answer broke off in the middle. Try again.");
}
