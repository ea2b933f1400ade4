import { createLogUpdate } from "log-update";

const LOG_EVERY_MS = 5000;

/** One line that is drawn over on a terminal, and printed every few seconds in a log. */
export function progressLine(): { show(text: string): void; close(): void } {
  if (process.stdout.isTTY) {
    const live = createLogUpdate(process.stdout);
    return { show: (text) => live(text), close: () => live.done() };
  }
  let shownAt = 0;
  return {
    show: (text) => {
      if (performance.now() - shownAt < LOG_EVERY_MS) return;
      shownAt = performance.now();
      process.stdout.write(`${text}\n`);
    },
    close: () => undefined,
  };
}
