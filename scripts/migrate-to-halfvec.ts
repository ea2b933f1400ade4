#!/usr/bin/env -S node --import tsx
/** `npm run migrate:halfvec`: parses the command line, calls the engine, draws what it tells. */
import { userInfo } from "node:os";
import { EMBEDDING_TABLES } from "../app/embedding-tables.ts";
import { env } from "../app/env.server.ts";
import { ensureEmbeddedDatabase } from "../app/services/embedded-database/ensure-embedded-database.ts";
import { type Connections, openConnections } from "../app/services/halfvec/connections.ts";
import { InterruptedError, RefusedError } from "../app/services/halfvec/errors.ts";
import { planMigration } from "../app/services/halfvec/plan.ts";
import { MigrationRun, type RunOptions, runMigration } from "../app/services/halfvec/run.ts";
import { hasBookkeeping, setPaused } from "../app/services/halfvec/settings.ts";
import { readStatus } from "../app/services/halfvec/status.ts";
import { summarize } from "../app/services/halfvec/summary.ts";
import { VERIFICATION_DEFAULTS } from "../app/services/halfvec/verify/verify-table.ts";
import { type Arguments, parseArguments, UsageError } from "./migrate-to-halfvec/arguments.ts";
import { ask } from "./migrate-to-halfvec/ask.ts";
import { type CommandName, helpText } from "./migrate-to-halfvec/commands.ts";
import { jsonScreen } from "./migrate-to-halfvec/json-screen.ts";
import { logScreen } from "./migrate-to-halfvec/log-screen.ts";
import type { Outcome, Screen } from "./migrate-to-halfvec/screen.ts";
import { terminalScreen } from "./migrate-to-halfvec/terminal-screen.ts";

/** Commands that end without a summary: there is nothing to sum up. */
const LOOKS_ONLY: readonly CommandName[] = ["status", "plan", "pause", "resume"];

const EXIT = { done: 0, failed: 1, usage: 2, refused: 3, interrupted: 130 } as const;

async function main(words: readonly string[]): Promise<number> {
  const parsed = parseArguments(words);
  if (parsed.help) {
    process.stdout.write(`${helpText(parsed.named)}\n`);
    return EXIT.done;
  }
  const screen = parsed.json ? jsonScreen() : process.stdout.isTTY ? terminalScreen() : logScreen();
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  const url = parsed.databaseUrl ?? env.DATABASE_URL;
  try {
    const database = await ensureEmbeddedDatabase(url);
    try {
      return await execute(parsed, words, await openConnections(url), screen, stop.signal);
    } finally {
      await database.stop();
    }
  } catch (error) {
    const outcome = outcomeOf(error, words);
    if (!LOOKS_ONLY.includes(parsed.command)) screen.showSummary([], outcome);
    return tell(outcome, screen);
  } finally {
    screen.close();
  }
}

async function execute(
  parsed: Arguments,
  words: readonly string[],
  connections: Connections,
  screen: Screen,
  signal: AbortSignal,
): Promise<number> {
  const { command, tables } = parsed;
  switch (command) {
    case "status":
      screen.showStatus(await connections.use("status", (client) => readStatus(client, tables)));
      return EXIT.done;
    case "plan":
      screen.showPlan(await connections.use("plan", (client) => planMigration(client, tables)));
      return EXIT.done;
    case "pause":
    case "resume":
      await pause(connections, command === "pause", screen);
      return EXIT.done;
    default: {
      const outcome = await work(parsed, connections, screen, signal).then(
        (): Outcome => ({ outcome: "done" }),
        (error: unknown) => outcomeOf(error, words),
      );
      const summary = await connections.use("summary", (client) => summarize(client, tables)).catch(() => []);
      screen.showSummary(summary, outcome);
      return tell(outcome, screen);
    }
  }
}

async function work(
  parsed: Arguments,
  connections: Connections,
  screen: Screen,
  signal: AbortSignal,
): Promise<void> {
  const options: RunOptions = {
    tables: parsed.tables,
    allTables: EMBEDDING_TABLES,
    until: parsed.until,
    conversion: parsed.conversion,
    verification: { ...VERIFICATION_DEFAULTS, efSearch: env.HNSW_EF_SEARCH },
    confirmSwap: () => confirmSwap(parsed, screen, signal),
  };
  const run = new MigrationRun(connections, options, screen.report, signal);
  switch (parsed.command) {
    case "convert":
    case "index":
    case "swap":
      return run[parsed.command]();
    case "verify":
      return run.verify(true);
    default:
      return runMigration(connections, options, screen.report, signal);
  }
}

async function pause(connections: Connections, paused: boolean, screen: Screen): Promise<void> {
  await connections.use("pause", async (client) => {
    if (!(await hasBookkeeping(client))) {
      throw new RefusedError("there is no migration to pause in this database: it is at the baseline");
    }
    await setPaused(client, paused, whoAmI());
  });
  screen.say(
    paused ? "Conversions pause. To go on: npm run migrate:halfvec -- resume" : "Conversions go on.",
  );
}

/** The name of the person at work. A container may run as a user that has none. */
function whoAmI(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER ?? "somebody";
  }
}

async function confirmSwap(parsed: Arguments, screen: Screen, signal: AbortSignal): Promise<boolean> {
  if (parsed.yes) return true;
  if (parsed.json || !process.stdin.isTTY || !process.stdout.isTTY) {
    throw new RefusedError(
      "everything is ready for the swap, and nobody is here to be asked. To swap: npm run migrate:halfvec -- run --yes",
    );
  }
  screen.close();
  return ask("Everything is ready. Swap the columns now?", signal);
}

function outcomeOf(error: unknown, words: readonly string[]): Outcome {
  const message = messageOf(error);
  if (error instanceof InterruptedError) {
    const again = `npm run migrate:halfvec -- ${withoutUrl(words).join(" ")}`.replace(/ -- $/, "");
    return { outcome: "interrupted", message: `What is done is kept. To go on: ${again}` };
  }
  if (error instanceof RefusedError) return { outcome: "refused", message };
  return {
    outcome: "failed",
    message: `${message}\nNothing is lost. When the cause is mended, the same command goes on.`,
  };
}

/** The words of the command line without the database's URL, which may hold a password. */
function withoutUrl(words: readonly string[]): string[] {
  return words.flatMap((word, index) => {
    if (words[index - 1] === "--database-url") return ["URL"];
    return word.startsWith("--database-url=") ? ["--database-url=URL"] : [word];
  });
}

/** The message of an error; of several at once (one for each address of a host name), that of the first. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return messageOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

/** Says how the command ended, where it is not simply done, and returns the exit code. */
function tell({ outcome, message }: Outcome, screen: Screen): number {
  if (message !== undefined) screen.say(`${outcome.charAt(0).toUpperCase()}${outcome.slice(1)}: ${message}`);
  return EXIT[outcome];
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\nHelp: npm run migrate:halfvec -- --help\n`);
  process.exitCode = EXIT.usage;
}
