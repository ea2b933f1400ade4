import { inWords } from "../../embeddings/in-words.ts";
import { unstorableCharacter } from "../../embeddings/storable-json.ts";
import { isUuid } from "../../embeddings/uuid.ts";
import { type EarlierTurn, LONGEST_QUESTION } from "./answer-events.ts";
import type { Question } from "./answer-question.server.ts";

/** What is asked, without the workspace, which is never the asker's to choose. */
export type Asked = Omit<Question, "workspaceId">;

/** A request that is no question; `field` names the part that is wrong. */
export class InvalidQuestionError extends Error {
  override readonly name = "InvalidQuestionError";
  readonly status: 400 | 413 | 415;
  readonly field: string | undefined;

  constructor(message: string, field?: string, status: InvalidQuestionError["status"] = 400) {
    super(message);
    this.field = field;
    this.status = status;
  }
}

/** Larger than any question with its history has to be, in bytes. */
const MOST_BYTES = 64 * 1024;

/** Most earlier turns, and characters of one earlier answer. */
const MOST_TURNS = 20;
const LONGEST_ANSWER = 20_000;

/**
 * Reads the body of a request: JSON `{question, page?, block?, history?: [{question, answer}]}`. No more of it is kept
 * than it may have.
 *
 * @throws {InvalidQuestionError}
 */
export async function readQuestion(request: Request): Promise<Asked> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json(?:\s*;|$)/i.test(type)) {
    throw new InvalidQuestionError("Send the question as application/json.", undefined, 415);
  }
  return askedIn(parsed(await limitedText(request)));
}

/** Checks a question, wherever it comes from. @throws {InvalidQuestionError} */
export function askedIn(body: unknown): Asked {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new InvalidQuestionError(`The body is ${inWords(body)}; an object with a question is needed.`);
  }
  const { question, page, block, history } = body as Record<string, unknown>;
  return {
    question: textIn(question, "question", LONGEST_QUESTION),
    pageId: idIn(page, "page"),
    blockId: idIn(block, "block"),
    history: turnsIn(history),
  };
}

async function limitedText(request: Request): Promise<string> {
  const tooLarge = () =>
    new InvalidQuestionError(
      `The body is larger than ${MOST_BYTES} bytes: leave out the oldest of the history.`,
      undefined,
      413,
    );
  if (Number(request.headers.get("content-length")) > MOST_BYTES) throw tooLarge();
  const reader = request.body?.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    bytes += read.value.byteLength;
    if (bytes > MOST_BYTES) {
      await reader?.cancel();
      throw tooLarge();
    }
    chunks.push(read.value);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidQuestionError("The body is not JSON.");
  }
}

function textIn(value: unknown, field: string, longest: number): string {
  if (typeof value !== "string") {
    throw new InvalidQuestionError(`${field} is ${inWords(value)}; a text is needed.`, field);
  }
  if (value.length > longest) {
    throw new InvalidQuestionError(`${field} is longer than ${longest} characters.`, field);
  }
  const wrong = unstorableCharacter(value);
  if (wrong !== undefined) {
    throw new InvalidQuestionError(`${field} holds the character ${wrong}, which no text has.`, field);
  }
  const text = value.trim();
  if (text === "") throw new InvalidQuestionError(`${field} is empty.`, field);
  return text;
}

function idIn(value: unknown, field: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (isUuid(value)) return value;
  throw new InvalidQuestionError(`${field} is ${inWords(value)}; a uuid is needed.`, field);
}

function turnsIn(history: unknown): EarlierTurn[] {
  if (history === undefined || history === null) return [];
  if (!Array.isArray(history)) {
    throw new InvalidQuestionError(`history is ${inWords(history)}; a list is needed.`, "history");
  }
  if (history.length > MOST_TURNS) {
    throw new InvalidQuestionError(
      `history has ${history.length} turns; send the last ${MOST_TURNS}.`,
      "history",
    );
  }
  return history.map((turn: unknown) => {
    if (typeof turn !== "object" || turn === null) {
      throw new InvalidQuestionError(
        `A turn of history is ${inWords(turn)}; {question, answer} is needed.`,
        "history",
      );
    }
    const { question, answer } = turn as Record<string, unknown>;
    return {
      question: textIn(question, "history.question", LONGEST_QUESTION),
      answer: textIn(answer, "history.answer", LONGEST_ANSWER),
    };
  });
}
