import type { AnswerProblem, EarlierTurn } from "../../services/rag/answering/answer-events.ts";
import type { AskedInAddress } from "../../services/rag/answering/answer-in-address.server.ts";
import { NOTHING_YET, type WholeAnswer } from "../../services/rag/answering/whole-answer.ts";

/** A question and what has been told of its answer. */
export interface Turn {
  /** From 0, in the order of asking. */
  readonly id: number;
  readonly question: string;
  readonly blockId: string | undefined;
  readonly answer: WholeAnswer;
  readonly state: "answering" | "ended" | "stopped" | "signed-out";
}

/** Most characters of the conversation that go with a question: less than 64 KB in any script. */
const HISTORY_CHARACTERS = 15_000;
const MOST_TURNS = 10;

export function turnsOf(asked: AskedInAddress | null): Turn[] {
  if (asked === null || asked.answer === null) return [];
  return [{ id: 0, question: asked.question, blockId: undefined, answer: asked.answer, state: "ended" }];
}

export function newTurn(turns: readonly Turn[], question: string, blockId: string | undefined): Turn {
  return { id: (turns.at(-1)?.id ?? -1) + 1, question, blockId, answer: NOTHING_YET, state: "answering" };
}

export function withProblem(turn: Turn, kind: AnswerProblem["kind"], message: string): Turn {
  return { ...turn, answer: { ...turn.answer, problem: { kind, message } } };
}

/** The newest turns that were answered and fit, oldest first. */
export function historyOf(turns: readonly Turn[]): EarlierTurn[] {
  const history: EarlierTurn[] = [];
  let room = HISTORY_CHARACTERS;
  for (const { question, answer } of turns
    .filter((turn) => turn.answer.kind !== null)
    .slice(-MOST_TURNS)
    .reverse()) {
    room -= question.length + answer.answer.length;
    if (room < 0) break;
    history.unshift({ question, answer: answer.answer });
  }
  return history;
}
