import { pool } from "../../../db.server.ts";
import { Flush } from "./flush.server.ts";
import { recorder } from "./recorder.server.ts";

const FLUSH_EVERY_MS = 15_000;

const kept = globalThis as typeof globalThis & { halfvecMigrationFlush?: Flush };

/**
 * From now on the figures of this process go to the database: every 15 seconds, when the process is told to end, and
 * when it has nothing left to do. It does not keep the process from ending, and outlives the reloads of the
 * development server. Call it once, as the app starts.
 */
export function startRecording(): void {
  if (kept.halfvecMigrationFlush !== undefined) return;
  const flush = new Flush(recorder, pool);
  kept.halfvecMigrationFlush = flush;
  setInterval(() => void flush.whenDue(), FLUSH_EVERY_MS).unref();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.prependOnceListener(signal, async () => {
      // A process that listens to a signal no longer ends by it: where nobody else does, that is left to us.
      const isAlone = process.listenerCount(signal) === 0;
      await flush.now();
      if (isAlone) process.kill(process.pid, signal);
    });
  }
  // Requests that were under way at the signal are answered by now. The event comes again after each attempt.
  process.once("beforeExit", () => void flush.now());
}
