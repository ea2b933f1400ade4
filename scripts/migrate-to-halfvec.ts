#!/usr/bin/env -S node --import tsx
/** `npm run migrate:halfvec`: parses the command line, calls the engine, draws what it tells. */
import { env } from "../app/env.server.ts";
import { ensureEmbeddedDatabase } from "../app/services/embedded-database/ensure-embedded-database.ts";
import { openConnections } from "../app/services/halfvec/connections.ts";
import { InterruptedError, RefusedError } from "../app/services/halfvec/errors.ts";
import { messageOf } from "../app/services/halfvec/server-faults.ts";
import { parseArguments, UsageError } from "./migrate-to-halfvec/arguments.ts";
import { helpText, moves } from "./migrate-to-halfvec/commands.ts";
import { figuresOf, look, type Shop, work } from "./migrate-to-halfvec/execute.ts";
import { jsonScreen } from "./migrate-to-halfvec/json-screen.ts";
import { logScreen } from "./migrate-to-halfvec/log-screen.ts";
import type { Figures, Outcome, Screen } from "./migrate-to-halfvec/screen.ts";
import { terminalScreen } from "./migrate-to-halfvec/terminal-screen.ts";

const EXIT = { done: 0, failed: 1, usage: 2, refused: 3, interrupted: 130 } as const;

async function main(typed: readonly string[]): Promise<number> {
  const parsed = parseArguments(typed);
  const words = shownWords(typed);
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
      const connections = await openConnections(url);
      return await execute({ parsed, words, url, connections, screen, signal: stop.signal });
    } finally {
      await database.stop();
    }
  } catch (error) {
    const outcome = outcomeOf(error, words);
    if (moves(parsed.command)) screen.showSummary({ kind: "migration", tables: [] }, outcome);
    return tell(outcome, screen);
  } finally {
    screen.close();
  }
}

async function execute(shop: Shop): Promise<number> {
  const { command } = shop.parsed;
  if (!moves(command)) {
    return (await look(shop)) ? EXIT.done : EXIT.refused;
  }
  let figures: Figures = { kind: "migration", tables: [] };
  let outcome: Outcome = { outcome: "done" };
  try {
    figures = await work(shop, command);
  } catch (error) {
    outcome = outcomeOf(error, shop.words);
    figures = await figuresOf(shop).catch(() => figures);
  }
  shop.screen.showSummary(figures, outcome);
  return tell(outcome, shop.screen);
}

function outcomeOf(error: unknown, words: readonly string[]): Outcome {
  const message = messageOf(error);
  if (error instanceof InterruptedError) {
    const again = `npm run migrate:halfvec -- ${words.join(" ")}`.replace(/ -- $/, "");
    return { outcome: "interrupted", message: `What is done is kept. To go on: ${again}` };
  }
  if (error instanceof RefusedError) return { outcome: "refused", message };
  return {
    outcome: "failed",
    message: `${message}\nNothing is lost. When the cause is mended, the same command goes on.`,
  };
}

/** The words of a command line to be shown: without the database's URL, which may hold a password. */
function shownWords(words: readonly string[]): string[] {
  return words.map((word, index) => {
    if (words[index - 1] === "--database-url") return "URL";
    if (word.startsWith("--database-url=")) return "--database-url=URL";
    return word.includes(" ") ? `"${word}"` : word;
  });
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
