import { type Asker, countQuestion } from "../../access/question-limit.server.ts";
import { clientGone } from "../../client-gone.server.ts";
import { answerQuestion } from "./answer-question.server.ts";
import { describeQuestionProblem } from "./answer-response.server.ts";
import { askedIn } from "./question-request.ts";
import { NOTHING_YET, type WholeAnswer, wholeAnswer } from "./whole-answer.ts";

/** The question in the address of a page. */
export interface AskedInAddress {
  readonly question: string;
  /** Null where the question is only to stand in the field. */
  readonly answer: WholeAnswer | null;
}

/**
 * Answers `?question=` in the address of a page: how the question field works without a script. Null without a question.
 * Only the document itself brings an answer, not the data that a script of the page loads again; and a link on
 * another site cannot ask, it only fills in the field. What goes wrong is told in `answer.problem`.
 *
 * @param pageId a page of the workspace
 * @param asker whose questions are counted
 */
export async function answerInAddress(
  request: Request,
  workspaceId: string,
  pageId: string,
  asker: Asker,
): Promise<AskedInAddress | null> {
  const question = new URL(request.url).searchParams.get("question")?.trim() ?? "";
  const { headers } = request;
  if (question === "" || (headers.get("sec-fetch-dest") ?? "document") !== "document") return null;
  const meant = ["same-origin", "none"].includes(headers.get("sec-fetch-site") ?? "none");
  if (!meant || headers.has("sec-purpose")) return { question, answer: null };
  const signal = clientGone(request);
  try {
    const asked = askedIn({ question, page: pageId });
    await countQuestion(asker);
    return { question, answer: await wholeAnswer(answerQuestion({ ...asked, workspaceId }, { signal })) };
  } catch (error) {
    signal.throwIfAborted();
    const { title, detail } = describeQuestionProblem(error);
    const problem = { kind: "failed", message: detail || title } as const;
    return { question, answer: { ...NOTHING_YET, problem } };
  }
}
