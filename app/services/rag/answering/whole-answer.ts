import type { AnswerEvent, AnswerKind, AnswerProblem, Citation } from "./answer-events.ts";

/** An answer that was told to its end. */
export interface WholeAnswer {
  readonly answer: string;
  readonly sources: readonly Citation[];
  readonly cited: readonly number[];
  /** Null where there is a problem. */
  readonly kind: AnswerKind | null;
  readonly model: string | null;
  readonly complete: boolean;
  /** Why there is no answer, or only the beginning of one. */
  readonly problem: AnswerProblem | null;
}

/** What is known before anything was told. */
export const NOTHING_YET: WholeAnswer = {
  answer: "",
  sources: [],
  cited: [],
  kind: null,
  model: null,
  complete: false,
  problem: null,
};

/** An answer with one more event. */
export function withEvent(before: WholeAnswer, told: AnswerEvent): WholeAnswer {
  switch (told.event) {
    case "sources":
      return { ...before, sources: told.sources };
    case "text":
      return { ...before, answer: before.answer + told.text };
    case "done":
      return { ...before, kind: told.kind, model: told.model, cited: told.cited, complete: told.complete };
    case "problem":
      return { ...before, problem: told.problem };
  }
}

/** Waits for the whole of an answer. @throws what telling it throws */
export async function wholeAnswer(events: AsyncIterable<AnswerEvent>): Promise<WholeAnswer> {
  let answer = NOTHING_YET;
  for await (const told of events) answer = withEvent(answer, told);
  return answer;
}
