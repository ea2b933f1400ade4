import type { ServerResponse } from "node:http";

/** How often some are answered, in milliseconds. */
const EVERY_MS = 50;
/** How many at a time. */
const PORTION = 25;

/**
 * Answers at most 500 requests a second, in the order in which they came. The others are kept waiting, which costs nothing:
 * a client that asks again at once would otherwise get one answer after the other, and the process would do nothing else.
 */
export class InPortions {
  readonly #waiting = new Set<ServerResponse>();
  readonly #answer: (response: ServerResponse) => unknown;
  #timer: NodeJS.Timeout | undefined;

  constructor(answer: (response: ServerResponse) => unknown) {
    this.#answer = answer;
  }

  add(response: ServerResponse): void {
    this.#waiting.add(response);
    // Where its client goes away before.
    response.once("close", () => this.#waiting.delete(response));
    this.#timer ??= setInterval(() => this.#answerSome(), EVERY_MS);
  }

  #answerSome(): void {
    let left = PORTION;
    for (const response of this.#waiting) {
      if (left-- === 0) return;
      this.#waiting.delete(response);
      this.#answer(response);
    }
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
