import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { requireApiAccess } from "../services/access/access.server.ts";
import { countQuestion } from "../services/access/question-limit.server.ts";
import { clientGone } from "../services/client-gone.server.ts";
import { methodNotAllowed } from "../services/problem-details.ts";
import { answerQuestion } from "../services/rag/answering/answer-question.server.ts";
import {
  questionProblemResponse,
  streamedAnswer,
  wholeAnswerResponse,
} from "../services/rag/answering/answer-response.server.ts";
import { readQuestion } from "../services/rag/answering/question-request.ts";

/**
 * `POST /api/chat`, with `Authorization: Bearer hvk_…` or a session. The body is JSON, 64 KB at most:
 *
 * - `question` 1 to 2,000 characters
 * - `page`, `block` uuid of what the question is about, whose passages come first; without them it is the workspace
 * - `history` what was asked before, oldest first, at most 20: `[{question, answer}]`
 *
 * 200 is a stream of server-sent events, each an `AnswerEvent` as JSON: `sources`, `text` any number of times, and at
 * last `done` or `problem`. With `Accept: application/json` it is the whole answer: `{question, answer, sources, cited, kind,
 * model, complete}`. Anything else is a problem (RFC 9457): 400, 413 and 415 for what is no question, 401, 403, 404 for a page or
 * block that is not there, 429 with `Retry-After` for more than `CHAT_QUESTIONS_PER_MINUTE`, 500 to 504 where the
 * database, the embedding service or the model fails.
 */
export async function action({ request }: ActionFunctionArgs) {
  const { workspace, asker } = await requireApiAccess(request);
  if (request.method !== "POST") return postOnly();
  const signal = clientGone(request);
  try {
    const asked = { ...(await readQuestion(request)), workspaceId: workspace.id };
    await countQuestion(asker);
    if (wantsJson(request))
      return await wholeAnswerResponse(asked.question, answerQuestion(asked, { signal }));
    return await streamedAnswer((stop) => answerQuestion(asked, { signal: stop }), signal);
  } catch (error) {
    // Nobody reads the answer of a request that was given up.
    if (signal.aborted) return new Response(null, { status: 499 });
    return questionProblemResponse(error);
  }
}

/** A question is not an address. */
export async function loader({ request }: LoaderFunctionArgs) {
  await requireApiAccess(request);
  return postOnly();
}

function postOnly(): Response {
  return methodNotAllowed("POST", "Send the question with POST, as JSON.");
}

/** Whether JSON was asked for and a stream was not. */
function wantsJson(request: Request): boolean {
  const accept = request.headers.get("accept") ?? "";
  return accept.includes("application/json") && !accept.includes("text/event-stream");
}
