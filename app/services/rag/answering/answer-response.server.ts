import { TooManyAttemptsError } from "../../access/too-many-attempts.ts";
import { API_HEADERS, jsonAnswer } from "../../api-answer.ts";
import { type ProblemDetails, problemResponse } from "../../problem-details.ts";
import { describeSearchProblem } from "../search-problem.server.ts";
import type { AnswerEvent, AnswerProblem } from "./answer-events.ts";
import { AskedPlaceMissingError } from "./asked-place.server.ts";
import { InvalidQuestionError } from "./question-request.ts";
import { wholeAnswer } from "./whole-answer.ts";

/** A proxy closes a connection on which it sees nothing, usually after 30 seconds or more. */
const HEARTBEAT_MS = 10_000;

const STATUS_OF: Readonly<Record<AnswerProblem["kind"], number>> = {
  "key-refused": 502,
  "rate-limited": 503,
  timeout: 504,
  unavailable: 503,
  interrupted: 502,
  refused: 502,
  failed: 500,
};

/**
 * Sends an answer as it is told: server-sent events, each with its name in `event:` and the whole of it as JSON in
 * `data:`, and comments while nothing is to be told.
 *
 * @param answer begins the answer; its signal is aborted when nobody reads any more, or `signal` is.
 * @throws what fails before the first event.
 */
export async function streamedAnswer(
  answer: (signal: AbortSignal) => AsyncGenerator<AnswerEvent>,
  signal: AbortSignal,
  heartbeatMs = HEARTBEAT_MS,
): Promise<Response> {
  const unread = new AbortController();
  const stop = unread.signal;
  const events = answer(stop);
  const encoder = new TextEncoder();
  signal.throwIfAborted();
  signal.addEventListener("abort", () => unread.abort(signal.reason), { once: true });
  let next: IteratorResult<AnswerEvent> | null = await events.next();
  stop.throwIfAborted();
  let heartbeat: NodeJS.Timeout | undefined;
  stop.addEventListener("abort", () => {
    clearInterval(heartbeat);
    // It may be waiting to be asked for more. Where it is at work, the signal has ended that.
    events.return(undefined).catch(() => {});
  });
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      heartbeat = setInterval(() => controller.enqueue(encoder.encode(": still here\n\n")), heartbeatMs);
    },
    async pull(controller) {
      try {
        next ??= await events.next();
        if (next.done) controller.close();
        else controller.enqueue(encoder.encode(asServerSentEvent(next.value)));
        if (next.done) clearInterval(heartbeat);
        next = null;
      } catch (error) {
        clearInterval(heartbeat);
        if (stop.aborted) controller.close();
        else controller.error(error);
      }
    },
    cancel: () => unread.abort(),
  });
  return new Response(body, {
    headers: {
      ...API_HEADERS,
      "content-type": "text/event-stream; charset=utf-8",
      // Neither kept nor compressed nor collected on its way: each event is for now.
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
    },
  });
}

/** Sends the whole of an answer as JSON, once it is complete; a problem where it is not. */
export async function wholeAnswerResponse(
  question: string,
  events: AsyncIterable<AnswerEvent>,
): Promise<Response> {
  const { problem, ...answer } = await wholeAnswer(events);
  if (problem !== null) {
    const status = STATUS_OF[problem.kind];
    const { kind, message } = problem;
    return problemResponse({ status, type: `answer-${kind}`, title: "There is no answer", detail: message });
  }
  return jsonAnswer({ question, ...answer });
}

/** What to tell about an error on the way to the first event. */
export function describeQuestionProblem(error: unknown): ProblemDetails {
  if (error instanceof InvalidQuestionError) {
    const { status, field, message: detail } = error;
    return { status, type: "invalid-question", title: "This cannot be asked", detail, field };
  }
  if (error instanceof AskedPlaceMissingError) {
    const { field, message: detail } = error;
    return { status: 404, type: "not-found", title: "This is not here", detail, field };
  }
  if (error instanceof TooManyAttemptsError) {
    return { status: 429, type: "too-many-questions", title: "Too many questions", detail: error.message };
  }
  return describeSearchProblem(error);
}

/** Answers with that problem. */
export function questionProblemResponse(error: unknown): Response {
  const problem = describeQuestionProblem(error);
  if (error instanceof TooManyAttemptsError) {
    return problemResponse(problem, { "retry-after": String(error.seconds) });
  }
  return problemResponse(problem, problem.status === 503 ? { "retry-after": "5" } : undefined);
}

function asServerSentEvent(told: AnswerEvent): string {
  return `event: ${told.event}\ndata: ${JSON.stringify(told)}\n\n`;
}
