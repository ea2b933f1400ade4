import { createInterface } from "node:readline/promises";
import { InterruptedError } from "../../app/services/halfvec/errors.ts";

/**
 * Asks a question that is answered with y or n on the terminal; anything but y is no.
 * @throws InterruptedError on Ctrl-C, Ctrl-D, or when `signal` is aborted.
 */
export async function ask(question: string, signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    throw new InterruptedError();
  } finally {
    terminal.close();
  }
}
