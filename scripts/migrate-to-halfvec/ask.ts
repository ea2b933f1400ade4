import { createInterface } from "node:readline/promises";
import { InterruptedError, RefusedError, throwIfAborted } from "../../app/services/halfvec/errors.ts";
import type { Arguments } from "./arguments.ts";
import type { Screen } from "./screen.ts";

export interface Question {
  question: string;
  /** What to say where nobody can be asked, up to the command that does not ask. */
  unasked: string;
}

interface Asking {
  parsed: Arguments;
  words: readonly string[];
  screen: Screen;
  signal: AbortSignal;
}

/**
 * Whether the person agrees: by `--yes`, or asked on the terminal.
 * @throws RefusedError where there is no terminal, with the command that does not ask.
 * @throws InterruptedError on Ctrl-C, Ctrl-D, or when `signal` is aborted.
 */
export async function agree(
  { parsed, words, screen, signal }: Asking,
  { question, unasked }: Question,
): Promise<boolean> {
  if (parsed.yes) return true;
  if (parsed.json || !process.stdin.isTTY || !process.stdout.isTTY) {
    throw new RefusedError(
      `${unasked}: npm run migrate:halfvec -- ${[parsed.command, ...words.filter((word) => word !== parsed.command)].join(" ")} --yes`,
    );
  }
  screen.close();
  return ask(question, signal);
}

/** Asks a question that is answered with y or n on the terminal; anything but y is no. */
async function ask(question: string, signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    throwIfAborted(signal);
    throw new InterruptedError();
  } finally {
    terminal.close();
  }
}
