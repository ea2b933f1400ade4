import type { SearchType } from "../search-types.ts";

/** Most characters of a question. */
export const LONGEST_QUESTION = 2_000;

/** A numbered passage that an answer may point to. */
export interface Citation {
  /** Its number in the answer, from 1: the text points to it by `[n]`. */
  readonly n: number;
  readonly type: SearchType;
  /** Id of the page, block, row or document that the passage is a part of. */
  readonly id: string;
  /** The page or document and the heading; empty where nothing has a name. */
  readonly title: string;
  /** The passage, without the heading that is in the title already. */
  readonly text: string;
  /** Where the app shows it, from the root: `/app/pages/…#…`. */
  readonly address: string;
  /** Cosine similarity of the passage and the question, -1 to 1. */
  readonly similarity: number;
}

/** Who wrote an answer: a model of OpenAI's API, or nobody, because it quotes. */
export type AnswerKind = "openai" | "extractive";

/** Why there is no answer, or only a part of one, in words for the person who asked. */
export interface AnswerProblem {
  readonly kind:
    | "key-refused"
    | "rate-limited"
    | "timeout"
    | "unavailable"
    | "interrupted"
    | "refused"
    | "failed";
  readonly message: string;
}

/**
 * What is told while a question is answered, in this order: `sources` once, `text` any number of times, and one of
 * `done` and `problem` at the end.
 *
 * The texts together are the answer: paragraphs and lists (`- `) with `code` and **bold**. `[n]` points to the source of
 * that number and no other number occurs, except in code; a bracket, backtick or star that is only a character stands
 * behind a backslash.
 */
export type AnswerEvent =
  | { readonly event: "sources"; readonly sources: readonly Citation[] }
  | { readonly event: "text"; readonly text: string }
  | {
      readonly event: "done";
      readonly kind: AnswerKind;
      /** The model that wrote the answer; of an extractive one, the model that compared the sentences. */
      readonly model: string;
      /** Numbers of the sources that the text points to, in the order in which it does so. */
      readonly cited: readonly number[];
      /** False where the model stopped at the longest answer it may give. */
      readonly complete: boolean;
    }
  | { readonly event: "problem"; readonly problem: AnswerProblem };

/** A question that was answered before, in the same conversation. */
export interface EarlierTurn {
  readonly question: string;
  readonly answer: string;
}
