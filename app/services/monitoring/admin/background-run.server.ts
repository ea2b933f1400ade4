import { AdminActionError } from "./admin-action-error.ts";

/** Long work that an admin began here. */
interface BackgroundRun {
  readonly what: string;
  readonly by: string;
  readonly ended: Promise<void>;
}

// The development server loads this module again on every change: the work outlives it.
const kept = globalThis as typeof globalThis & { vectorBackgroundRun?: BackgroundRun | undefined };

/**
 * Begins long work that goes on without the request that asked for it, one at a time in this process, and ends with the
 * process: its signal is aborted when that is told to end. `work` tells itself how it ended, and does not reject.
 *
 * @param what it is, in words: `verify`
 * @throws AdminActionError where something runs already.
 */
export function runInBackground(
  what: string,
  by: string,
  work: (signal: AbortSignal) => Promise<void>,
): void {
  const running = kept.vectorBackgroundRun;
  if (running) {
    throw new AdminActionError(
      `A ${running.what} that ${running.by} began is still running. Wait for its end.`,
    );
  }
  const stop = new AbortController();
  const end = () => stop.abort();
  process.once("SIGTERM", end).once("SIGINT", end);
  const ended = work(stop.signal).finally(() => {
    process.off("SIGTERM", end).off("SIGINT", end);
    kept.vectorBackgroundRun = undefined;
  });
  kept.vectorBackgroundRun = { what, by, ended };
}

/** Resolves when nothing runs in the background of this process. */
export async function backgroundEnded(): Promise<void> {
  await kept.vectorBackgroundRun?.ended;
}
