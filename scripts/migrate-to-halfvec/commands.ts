import { RECLAIMS } from "../../app/services/halfvec/contract/reclaim.ts";
import { PHASE_NAMES, ROLLBACK_TARGETS } from "../../app/services/halfvec/phases.ts";
import { VALUE_STORAGES } from "../../app/services/halfvec/value-storages.ts";
import { INDEX_PROFILES } from "../../app/services/index-tuning.ts";

/** What must be typed out to contract before its time. */
export const FORCE_WORDS = "drop the original vectors";

/** Every option of the tool; each command takes some of them. */
export const OPTIONS = {
  until: { type: "string", value: PHASE_NAMES.join("|"), text: "stop after this phase" },
  to: {
    type: "string",
    value: ROLLBACK_TARGETS.join("|"),
    text: "how far to go back (default: baseline)",
  },
  yes: { type: "boolean", text: "do not ask" },
  tables: { type: "string", value: "a,b", text: "only these tables (default: all)" },
  workers: {
    type: "string",
    value: "N",
    text: "connections that convert a table at the same time (default: 1)",
  },
  "rows-per-second": { type: "string", value: "N", text: "convert no faster than this (default: no limit)" },
  "batch-ms": { type: "string", value: "N", text: "how long one transaction should take (default: 100)" },
  "lock-timeout": {
    type: "string",
    value: "MS",
    text: "how long others may wait behind a lock of ours (default: 3000)",
  },
  "max-replica-lag": {
    type: "string",
    value: "SECONDS",
    text: "wait while a standby is further behind than this (default: 30)",
  },
  "reconnect-seconds": {
    type: "string",
    value: "N",
    text: "how long to wait for a server that went away (default: 300)",
  },
  "after-days": {
    type: "string",
    value: "N",
    text: "days that must have passed since the swap (default: 30)",
  },
  force: {
    type: "string",
    value: "WORDS",
    text: `contract at once; the words are: ${FORCE_WORDS}`,
  },
  reclaim: {
    type: "string",
    value: RECLAIMS.join("|"),
    text: "how to return the space (default: none)",
  },
  storage: {
    type: "string",
    value: VALUE_STORAGES.join("|"),
    text: "keep values in their rows, or out of line (default: as they are)",
  },
  profile: {
    type: "string",
    value: INDEX_PROFILES.join("|"),
    text: "search by this kind of index; compact is about a sixteenth of halfvec",
  },
  "target-recall": {
    type: "string",
    value: "PERCENT",
    text: "recall@10 that the index must have (default: the vector index's, less 1)",
  },
  "drop-other": { type: "boolean", text: "drop the index of the other profile once nothing searches it" },
  json: { type: "boolean", text: "one JSON object a line" },
  "database-url": {
    type: "string",
    value: "URL",
    text: "the database (default: DATABASE_URL, or the embedded one)",
  },
  help: { type: "boolean", text: "this text; with a command, its own" },
} as const;
export type OptionName = keyof typeof OPTIONS;

interface Command {
  text: string;
  details: string;
  options: readonly OptionName[];
}

const ALWAYS = ["json", "database-url", "help"] as const;
/** What a command that works for long also takes. */
const SERVER = ["lock-timeout", "reconnect-seconds"] as const;
const PACE = ["workers", "rows-per-second", "batch-ms", "max-replica-lag"] as const;

export const COMMANDS = {
  run: {
    text: "move the database from vector to halfvec, from wherever it is (default)",
    details:
      "Preflight, expand, convert, index, verify, swap: each only where it is still needed. Stop it at any\nmoment, run it again, and it goes on. Asks before the swap.",
    options: ["until", "yes", "tables", ...PACE, ...SERVER, ...ALWAYS],
  },
  status: {
    text: "where each table stands",
    details:
      "Phase, rows done and set aside, rate, HOT share, indexes, the last verification, and what was asked for beside what\nwas measured. Changes nothing.",
    options: ["tables", ...ALWAYS],
  },
  plan: {
    text: "what a run would do: rows, bytes at the peak and at the end, locks, what would stop it",
    details:
      "Changes nothing. Counts the rows; bytes to come are a forecast and marked as one. Exit code 3 when a run\nwould be refused.",
    options: ["tables", ...ALWAYS],
  },
  convert: {
    text: "fill the halfvec column of every row",
    details: "Several of these may run at once, on several machines: they share the work.",
    options: ["tables", ...PACE, ...SERVER, ...ALWAYS],
  },
  index: {
    text: "build the HNSW index on the halfvec column",
    details:
      "With CREATE INDEX CONCURRENTLY. What a failed build has left is dropped and built again. With --profile at any\ntime, also long after the swap: builds it beside the present index, measures how it must be searched on the table's\nown rows, and only then the app searches by it. Exit code 3 where it does not find enough.",
    options: ["tables", "profile", "target-recall", "drop-other", "reconnect-seconds", ...ALWAYS],
  },
  verify: {
    text: "compare every value, measure recall, look at the plan; store the result",
    details:
      "Reads every row. Where all is green, the fewest candidates with which the index keeps the recall are noted as its\ncomment, and the app searches with them. Exit code 3 when a check is not green.",
    options: ["tables", "target-recall", "reconnect-seconds", ...ALWAYS],
  },
  swap: {
    text: "let the halfvec column take the place of the vector column",
    details: "Renames under a short lock, all tables at once. Refuses (exit code 3) unless verify is green.",
    options: ["yes", ...SERVER, ...ALWAYS],
  },
  rollback: {
    text: "go back to the vector column, from wherever the database is",
    details:
      "Search has an index all the time. Rows that were not written since the swap come back bit for bit, the\nothers as halfvec held them. Stop it at any moment, run it again, and it goes on.",
    options: ["to", "yes", ...PACE, ...SERVER, ...ALWAYS],
  },
  contract: {
    text: "drop the original vectors, 30 days after the swap, and return the space",
    details:
      "After it there is no way back to vector. Refuses (exit code 3) before its time, unless verify is green,\nand while anything refers to the backup column.",
    options: ["after-days", "force", "reclaim", "storage", "yes", ...SERVER, ...ALWAYS],
  },
  pause: {
    text: "pause every running conversion of the database",
    details: "Seen within a second. A paused conversion holds no locks.",
    options: [...ALWAYS],
  },
  resume: { text: "let paused conversions go on", details: "Seen within a second.", options: [...ALWAYS] },
} as const satisfies Record<string, Command>;
export type CommandName = keyof typeof COMMANDS;

const LOOKS = ["status", "plan", "pause", "resume"] as const satisfies CommandName[];
type LookCommand = (typeof LOOKS)[number];
/** The commands that move the database, and end with figures. */
export type WorkCommand = Exclude<CommandName, LookCommand>;

/** Whether a command moves the database; the others look at it, or set something. */
export function moves(command: CommandName): command is WorkCommand {
  return !LOOKS.some((name) => name === command);
}

const PROGRAM = "npm run migrate:halfvec --";

/** Help for all commands, or for one. */
export function helpText(command?: CommandName): string {
  const lines: string[] = [];
  if (command) {
    lines.push(
      `${PROGRAM} ${command} [options]`,
      "",
      `${sentence(COMMANDS[command].text)}`,
      COMMANDS[command].details,
    );
  } else {
    lines.push(`${PROGRAM} [command] [options]`, "");
    lines.push(
      "Moves the embeddings of a running app from vector to halfvec, and proves that nothing got worse.",
      "",
    );
    lines.push("Commands:");
    for (const [name, { text }] of Object.entries(COMMANDS)) lines.push(`  ${name.padEnd(10)}${text}`);
  }
  const names: readonly OptionName[] = command
    ? COMMANDS[command].options
    : (Object.keys(OPTIONS) as OptionName[]);
  lines.push("", "Options:");
  for (const name of names) {
    const option = OPTIONS[name];
    const usage = `--${name}${"value" in option ? ` ${option.value}` : ""}`;
    const gap = usage.length < 26 ? usage.padEnd(26) : `${usage}\n${" ".repeat(28)}`;
    lines.push(`  ${gap}${option.text}`);
  }
  lines.push("", "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused because not safe, 130 interrupted.");
  return lines.join("\n");
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
