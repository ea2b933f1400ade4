import type { Screen } from "./screen.ts";

/** One JSON object a line on standard output. What is said to a person goes to standard error. */
export function jsonScreen(): Screen {
  const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
  return {
    report: print,
    showStatus: (status) => print({ event: "status", ...status }),
    showPlan: (tables, findings) => print({ event: "plan", tables, findings }),
    showSummary: ({ kind, ...figures }, outcome) =>
      print({ event: "summary", of: kind, ...outcome, ...figures }),
    say: (text) => process.stderr.write(`${text}\n`),
    close: () => undefined,
  };
}
