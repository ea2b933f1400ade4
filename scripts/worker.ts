import { parseArgs } from "node:util";
import pg from "pg";
import { EMBEDDED_DATABASE_URL } from "../app/embedded-database-url.ts";
import { env } from "../app/env.server.ts";
import { embeddingProvider } from "../app/services/embeddings/provider-choice.server.ts";
import { indexingQueue } from "../app/services/indexing/queue.server.ts";
import { type ProcessorEvent, processIndexing } from "../app/workers/indexing-processor.server.ts";
import { databaseUrlProblem } from "./database-url.ts";
import { repeatedOption } from "./repeated-option.ts";

const HELP = `Usage: npm run worker -- [--concurrency N] [--database-url URL] [--quiet]

Indexes what is written in the app, until Ctrl-C or SIGTERM; the jobs at hand are finished first. As many workers as
you like can run, on several machines. On the embedded database the app does this itself.

  --concurrency N      jobs at the same time, 1 to 32 (default 2)
  --database-url URL   default: DATABASE_URL
  --quiet              tell only what goes wrong

Exit codes: 0 stopped as it was told, 1 failed, 2 wrong usage.
`;

class UsageError extends Error {}

const MOST_CONCURRENT = 32;

async function main(args: string[]): Promise<void> {
  const options = parse(args);
  if (options.help) {
    process.stdout.write(HELP);
    return;
  }
  const stop = new AbortController();
  const told = (signal: NodeJS.Signals) => {
    if (stop.signal.aborted) process.exit(1);
    say(`${signal}: the jobs at hand are finished first; once more ends it now`);
    stop.abort();
  };
  process.on("SIGINT", told).on("SIGTERM", told);
  const database = new pg.Pool({
    connectionString: options.url,
    // Each job takes one connection, and its sign of life another.
    max: 2 * options.concurrency + 1,
    statement_timeout: env.STATEMENT_TIMEOUT_MS,
    connectionTimeoutMillis: 5_000,
    application_name: "halfvec-migration-worker",
  });
  database.on("error", (error) => complain(`an idle connection was lost (${error.message})`));
  const provider = embeddingProvider();
  try {
    await indexingQueue(database);
    say(
      `Indexes with ${provider.model}, ${options.concurrency} ${options.concurrency === 1 ? "job" : "jobs"} at a time. Ctrl-C ends it.`,
    );
    await processIndexing({
      database,
      provider,
      concurrency: options.concurrency,
      onEvent: (event) => tell(event, options.quiet),
      signal: stop.signal,
    });
    say("Stopped");
  } finally {
    await provider.close();
    await database.end();
  }
}

function tell(event: ProcessorEvent, quiet: boolean): void {
  switch (event.type) {
    case "indexed": {
      const { inserted, deleted, moved, kept } = event.counts;
      const counts = `${inserted} new, ${deleted} gone, ${moved} moved, ${kept} as they were`;
      if (!quiet) say(`${event.entity.type} ${event.entity.id}: ${counts} (${Math.round(event.ms)} ms)`);
      break;
    }
    case "failed": {
      // Somebody writes it all the time: that is no trouble.
      if (event.outcome === "left to the next") return;
      const next = event.outcome === "retried" ? "it is tried again" : "it was given up";
      complain(`${event.entity.type} ${event.entity.id}: ${event.reason} – ${next}`);
      break;
    }
    case "lost":
      complain(`${event.entity.type} ${event.entity.id}: it took too long, another worker has it now`);
      break;
    case "trouble":
      complain(`the database does not answer: ${event.reason}`);
  }
}

function parse(args: string[]): { help: boolean; url: string; concurrency: number; quiet: boolean } {
  const { values, tokens } = parsed(args);
  const repeated = repeatedOption(tokens);
  if (repeated !== undefined) throw new UsageError(`--${repeated} is given more than once`);
  const url = values["database-url"] ?? env.DATABASE_URL;
  const wrongUrl = values["database-url"] === undefined ? null : databaseUrlProblem(url);
  if (wrongUrl !== null) throw new UsageError(`--database-url: ${wrongUrl}`);
  const concurrency = /^\d+$/.test(values.concurrency) ? Number(values.concurrency) : 0;
  if (concurrency < 1 || concurrency > MOST_CONCURRENT) {
    throw new UsageError(`--concurrency: '${values.concurrency}' is none, 1 to ${MOST_CONCURRENT} is needed`);
  }
  if (!values.help && url === EMBEDDED_DATABASE_URL) {
    throw new UsageError(
      "There is no DATABASE_URL, and on the embedded database the app indexes by itself: no worker is needed",
    );
  }
  return { help: values.help, url, concurrency, quiet: values.quiet };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: false,
      tokens: true,
      options: {
        concurrency: { type: "string", default: "2" },
        "database-url": { type: "string" },
        quiet: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(error instanceof UsageError ? `${message}\n\n${HELP}` : `${message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
