import { type Database, pool } from "../../../db.server.ts";
import { env } from "../../../env.server.ts";
import { generateEmbeddingsBatch } from "../../embedding-generation.server.ts";
import { EmbeddingProviderError } from "../../embeddings/provider.ts";
import { embeddingProvider } from "../../embeddings/provider-choice.server.ts";
import { cutAt } from "../../import/chunks.ts";
import {
  type AnswerEvent,
  type AnswerProblem,
  type Citation,
  type EarlierTurn,
  LONGEST_QUESTION,
} from "./answer-events.ts";
import { readAskedPlace } from "./asked-place.server.ts";
import { citationMarkers } from "./citation-markers.ts";
import { findPassages } from "./find-passages.server.ts";
import { AnswerProblemError, type OpenAIAnswerOptions, openAIAnswer } from "./openai-answer.ts";
import { chatMessages } from "./prompt.ts";
import { quoteAnswer } from "./quote-answer.ts";

export interface Question {
  readonly workspaceId: string;
  /** Not empty, at most `LONGEST_QUESTION` characters. */
  readonly question: string;
  /** The page that it is about (uuid); its passages come first. */
  readonly pageId?: string | undefined;
  /** The block that it is about (uuid), on that page where both are given. */
  readonly blockId?: string | undefined;
  /** What was asked before, oldest first. */
  readonly history?: readonly EarlierTurn[] | undefined;
}

export interface AnswerOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default: the app's pool. */
  readonly database?: Database | undefined;
  /** Who writes; null for quotes. Default: OpenAI where the configuration has a key. */
  readonly writer?: OpenAIAnswerOptions | null | undefined;
}

/** A shorter question after another one hardly says by itself what it is about. In words. */
const SELF_CONTAINED_WORDS = 6;

/**
 * Answers a question from what stands in a workspace, and tells it piece by piece (see `AnswerEvent`).
 *
 * What fails before the sources are found is thrown: {@link AskedPlaceMissingError} before anything is searched, and what
 * `searchEverything` throws. What fails afterwards is told by the event `problem`.
 *
 * @throws the reason of `signal` once it is aborted; no work goes on then.
 */
export async function* answerQuestion(
  { workspaceId, question, pageId, blockId, history = [] }: Question,
  { signal = new AbortController().signal, database = pool, writer = configuredWriter() }: AnswerOptions = {},
): AsyncGenerator<AnswerEvent, void> {
  signal.throwIfAborted();
  const place = await readAskedPlace(workspaceId, { pageId, blockId }, database);
  const query = searchedFor(question, history);
  const sources = await findPassages({ workspaceId, query, place }, database, signal);
  yield { event: "sources", sources };
  try {
    if (writer === null || sources.length === 0) yield* quotes(query, sources, signal);
    else yield* written(chatMessages(question, sources, history), sources, writer, signal);
  } catch (error) {
    signal.throwIfAborted();
    yield { event: "problem", problem: describeProblem(error) };
  }
}

async function* quotes(
  query: string,
  sources: readonly Citation[],
  signal: AbortSignal,
): AsyncGenerator<AnswerEvent> {
  const embed = (texts: readonly string[]) => generateEmbeddingsBatch(texts, { signal });
  const markers = citationMarkers(sources.length);
  const text = markers.push(await quoteAnswer(query, sources, embed, signal)) + markers.end();
  signal.throwIfAborted();
  for (const line of text.split(/(?<=\n)/)) yield { event: "text", text: line };
  const { model } = embeddingProvider();
  yield { event: "done", kind: "extractive", model, cited: markers.cited, complete: true };
}

async function* written(
  messages: ReturnType<typeof chatMessages>,
  sources: readonly Citation[],
  writer: OpenAIAnswerOptions,
  signal: AbortSignal,
): AsyncGenerator<AnswerEvent> {
  const markers = citationMarkers(sources.length);
  const pieces = openAIAnswer(messages, writer, signal);
  try {
    let piece = await pieces.next();
    for (; !piece.done; piece = await pieces.next()) {
      const text = markers.push(piece.value);
      if (text !== "") yield { event: "text", text };
    }
    const rest = markers.end();
    if (rest !== "") yield { event: "text", text: rest };
    const { model } = writer;
    yield { event: "done", kind: "openai", model, cited: markers.cited, complete: piece.value };
  } finally {
    // Whoever stops reading ends the request.
    await pieces.return(false);
  }
}

/** A short question that follows another one is searched for together with it. */
function searchedFor(question: string, history: readonly EarlierTurn[]): string {
  const before = history.at(-1)?.question;
  const words = question.trim().split(/\s+/).length;
  if (before === undefined || words > SELF_CONTAINED_WORDS) return question;
  return `${cutAt(before, Math.max(0, LONGEST_QUESTION - question.length - 1))}\n${question}`;
}

function configuredWriter(): OpenAIAnswerOptions | null {
  const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseURL, OPENAI_CHAT_MODEL: model } = env;
  return apiKey ? { apiKey, baseURL, model } : null;
}

function describeProblem(error: unknown): AnswerProblem {
  if (error instanceof AnswerProblemError) return error.problem;
  if (error instanceof EmbeddingProviderError) return { kind: "unavailable", message: `${error.message}.` };
  console.error("answering failed:", error);
  return { kind: "failed", message: "The answer failed. The server’s log says why." };
}
