import { styleText } from "node:util";
import { createLogUpdate } from "log-update";
import type { MigrationEvent } from "../../app/services/halfvec/events.ts";
import { figureLines } from "./figures.ts";
import { formatSeconds } from "./format.ts";
import { lineOf, progressOf } from "./lines.ts";
import type { Screen } from "./screen.ts";
import { planLines, statusLines } from "./tables.ts";

const BAR_WIDTH = 24;

/** One line a table, drawn over as it moves; what is worth keeping scrolls by above. */
export function terminalScreen(): Screen {
  const live = createLogUpdate(process.stdout);
  const bars = new Map<string, string>();
  const draw = () => live([...bars.values()].join("\n"));
  const keep = (text: string) => {
    live.clear();
    process.stdout.write(`${text}\n`);
    draw();
  };
  const close = () => {
    draw();
    live.done();
    bars.clear();
  };
  const print = (lines: readonly string[]) => {
    close();
    process.stdout.write(`${lines.join("\n")}\n`);
  };
  return {
    report: (event) => {
      const line = event.event === "phase" ? null : lineOf(event);
      if (line !== null) keep(coloured(event, line));
      const progress = progressOf(event);
      if (progress)
        bars.set(progress.table, barLine(progress.table, event.event, progress.share, progress.text));
      if (event.event === "phase" && event.state === "done") {
        const name = event.table ?? "all tables";
        bars.set(name, barLine(name, event.phase, 1, `done in ${formatSeconds(event.seconds ?? 0)}`));
      }
      draw();
    },
    showStatus: (status) => print(statusLines(status)),
    showPlan: (plans, findings) => print(planLines(plans, findings)),
    showSummary: (figures, { outcome }) => {
      // Otherwise the last line is the reason, not a table.
      if (outcome === "done") print(["", ...figureLines(figures)]);
    },
    say: (text) => print([text]),
    close,
  };
}

function barLine(table: string, step: string, share: number, text: string): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
  const bar = styleText("cyan", "█".repeat(filled)) + styleText("dim", "░".repeat(BAR_WIDTH - filled));
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  return `${table.padEnd(24)} ${step.padEnd(9)} ${bar} ${percent}  ${text}`;
}

function coloured(event: MigrationEvent, line: string): string {
  if (event.event === "warning" || event.event === "waiting" || event.event === "set-aside")
    return styleText("yellow", line);
  if (event.event === "verified") return event.ok ? line : styleText("red", line);
  return line;
}
