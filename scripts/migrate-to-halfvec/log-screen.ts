import { figureLines } from "./figures.ts";
import { lineOf, progressOf } from "./lines.ts";
import type { Screen } from "./screen.ts";
import { planLines, statusLines } from "./tables.ts";

/** Seconds between two lines on the progress of the same table. */
const PROGRESS_EVERY_SECONDS = 5;

/** Plain lines, for a log: what happened, and how far it is every few seconds. */
export function logScreen(): Screen {
  const print = (text: string) => process.stdout.write(`${text}\n`);
  const toldAt = new Map<string, number>();
  return {
    report: (event) => {
      const line = lineOf(event);
      if (line !== null) print(line);
      const progress = progressOf(event);
      if (!progress) return;
      const now = performance.now() / 1000;
      const key = `${event.event} ${progress.table}`;
      if (now - (toldAt.get(key) ?? 0) < PROGRESS_EVERY_SECONDS) return;
      toldAt.set(key, now);
      print(`${event.event} ${progress.table}: ${(progress.share * 100).toFixed(0)} %  ${progress.text}`);
    },
    showStatus: (status) => print(statusLines(status).join("\n")),
    showPlan: (plans, findings) => print(planLines(plans, findings).join("\n")),
    showSummary: (figures, { outcome }) => {
      // Otherwise the last line is the reason, not a table.
      if (outcome === "done") print(`\n${figureLines(figures).join("\n")}`);
    },
    say: (text) => process.stderr.write(`${text}\n`),
    close: () => undefined,
  };
}
