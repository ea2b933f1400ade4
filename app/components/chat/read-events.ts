import type { AnswerEvent } from "../../services/rag/answering/answer-events.ts";

/** The server did not answer the question at all; the message is for the person who asked. */
export class NotAnsweredError extends Error {
  override readonly name = "NotAnsweredError";
  readonly signedOut: boolean;

  constructor(message: string, signedOut = false) {
    super(message);
    this.signedOut = signedOut;
  }
}

/**
 * Reads the server-sent events of `POST /api/chat` as they arrive.
 * @throws {NotAnsweredError} with what the problem details of an error say
 */
export async function* readEvents(response: Response): AsyncGenerator<AnswerEvent> {
  if (response.status === 401) throw new NotAnsweredError("You are signed out.", true);
  if (!response.ok || response.body === null) throw new NotAnsweredError(await detailOf(response));
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let kept = "";
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const events = (kept + read.value).split("\n\n");
      kept = events.pop() ?? "";
      for (const event of events) yield* dataOf(event);
    }
  } finally {
    await reader.cancel();
  }
}

/** The data of one event; a comment has none. */
function* dataOf(event: string): Generator<AnswerEvent> {
  const data = event.split("\n").find((line) => line.startsWith("data: "));
  if (data !== undefined) yield JSON.parse(data.slice("data: ".length));
}

async function detailOf(response: Response): Promise<string> {
  const type = response.headers.get("content-type") ?? "";
  if (!type.includes("problem+json")) return `The server did not answer (status ${response.status}).`;
  const { title, detail } = await response.json();
  return detail || title;
}
