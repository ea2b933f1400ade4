import { parseArgs } from "node:util";
import pg from "pg";
import { EMBEDDED_PORT } from "../app/embedded-database-url.ts";
import { env } from "../app/env.server.ts";
import { startEmbeddedDatabase } from "../app/services/embedded-database/embedded-database.ts";
import { ensureEmbeddedDatabase } from "../app/services/embedded-database/ensure-embedded-database.ts";
import { deployThrough } from "../app/services/prisma-migrations/apply-migration.ts";
import { databaseUrlProblem } from "./database-url.ts";
import { repeatedOption } from "./repeated-option.ts";

const EMBEDDED_DATA_DIRECTORY = ".data/postgres";

const HELP = `Usage: npm run db:start
       npm run db:deploy -- [--through NAME] [--database-url URL]

start    runs the embedded database (PostgreSQL with pgvector) until Ctrl-C; its data stays in ${EMBEDDED_DATA_DIRECTORY}
         --port N             where to listen on 127.0.0.1 (default ${EMBEDDED_PORT})
         --data-dir DIR       where to keep the data (default ${EMBEDDED_DATA_DIRECTORY})
         --memory             keep no data
         --stop-with-stdin    stop when standard input ends, not on Ctrl-C

deploy   applies the Prisma migrations that are not applied yet
         --through NAME       only up to and including this one: its name, or the part after the timestamp
         --database-url URL   default: DATABASE_URL, else the embedded database, started for as long as it takes

Exit codes: 0 done, 1 failed, 2 wrong usage.
`;

const COMMANDS: Record<string, (args: string[]) => Promise<void>> = { start, deploy };

class UsageError extends Error {}

async function main([name = "", ...args]: string[]): Promise<void> {
  if (name === "--help" || name === "-h" || args.includes("--help") || args.includes("-h")) {
    process.stdout.write(HELP);
    return;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new UsageError(name ? `Unknown command: ${name}` : "Which command: start or deploy?");
  await command(args);
}

async function start(args: string[]): Promise<void> {
  const options = parse(args, {
    port: { type: "string", default: String(EMBEDDED_PORT) },
    "data-dir": { type: "string", default: EMBEDDED_DATA_DIRECTORY },
    memory: { type: "boolean", default: false },
    "stop-with-stdin": { type: "boolean", default: false },
  });
  const port = /^\d+$/.test(options.port) ? Number(options.port) : Number.NaN;
  if (!(port <= 65_535)) throw new UsageError(`--port: '${options.port}' is none, 0 to 65535 is needed`);
  // Listened for first: a signal that comes while the database starts must not leave its data directory locked.
  const stopped = toldToStop(options["stop-with-stdin"]);
  const database = await startEmbeddedDatabase({
    port,
    dataDir: options.memory ? undefined : options["data-dir"],
  });
  process.stdout.write(`${database.url}\n`);
  await stopped;
  await database.stop();
}

function toldToStop(withStdin: boolean): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
    if (withStdin) process.stdin.resume().once("close", () => resolve());
  });
}

async function deploy(args: string[]): Promise<void> {
  const options = parse(args, { through: { type: "string" }, "database-url": { type: "string" } });
  const url = options["database-url"] ?? env.DATABASE_URL;
  const wrongUrl = options["database-url"] === undefined ? null : databaseUrlProblem(url);
  if (wrongUrl !== null) throw new UsageError(`--database-url: ${wrongUrl}`);
  const embedded = await ensureEmbeddedDatabase(url);
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    const applied = await deployThrough(client, {
      through: options.through,
      onApplied: ({ name }) => process.stdout.write(`Applied ${name}\n`),
    });
    if (applied.length === 0) process.stdout.write("Nothing to apply\n");
  } finally {
    await client.end();
    await embedded.stop();
  }
}

type Options = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>["options"]>;

function parse<const T extends Options>(args: string[], options: T) {
  const { values, tokens } = parsed(args, options);
  const repeated = repeatedOption(tokens);
  if (repeated !== undefined) throw new UsageError(`--${repeated} is given more than once`);
  // An empty name would be as good as none: all migrations, or a database that keeps nothing.
  const empty = Object.entries(values).find(([, value]) => value === "");
  if (empty !== undefined) throw new UsageError(`--${empty[0]} is empty: a value is needed`);
  return values;
}

function parsed<const T extends Options>(args: string[], options: T) {
  try {
    return parseArgs({ args, options, allowPositionals: false, tokens: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(error instanceof UsageError ? `${message}\n\n${HELP}` : `${message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
