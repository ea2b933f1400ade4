import type pg from "pg";
import { answerQuestion, type Question } from "../../app/services/rag/answering/answer-question.server.ts";
import { wholeAnswer } from "../../app/services/rag/answering/whole-answer.ts";

/** An answer as far as it must be the same whichever column of embeddings is searched. */
export interface ComparableAnswer {
  readonly kind: string | null;
  /** The sentences that were quoted, each with the source that it points to. */
  readonly quotes: readonly { readonly text: string; readonly source: string }[];
  /** Type, id and similarity of the five nearest passages that were read, by type and id. */
  readonly nearest: ReadonlyMap<string, number>;
}

/**
 * Asks the chat a question without a language model: what it quotes, and what it read. For two answers of the same data,
 * before the swap and after it: `kind` and `quotes` are equal, `nearest` has the same keys, similarities within 0.01.
 */
export async function extractiveAnswer(question: Question, database: pg.Pool): Promise<ComparableAnswer> {
  const told = await wholeAnswer(answerQuestion(question, { database, writer: null }));
  if (told.problem !== null) throw new Error(told.problem.message);
  const nameOf = (n: number) => {
    const source = told.sources.find((known) => known.n === n);
    return source === undefined ? `no source ${n}` : `${source.type} ${source.id}`;
  };
  const quotes = [...told.answer.matchAll(/^- (.+) \[(\d+)\]$/gm)].map(([, text = "", n]) => ({
    text,
    source: nameOf(Number(n)),
  }));
  const nearest = [...told.sources].sort((a, b) => b.similarity - a.similarity).slice(0, 5);
  return {
    kind: told.kind,
    quotes,
    nearest: new Map(nearest.map((source) => [nameOf(source.n), source.similarity])),
  };
}
