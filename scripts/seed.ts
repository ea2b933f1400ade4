import { basename, resolve } from "node:path";
import pg from "pg";
import { env } from "../app/env.server.ts";
import { ensureEmbeddedDatabase } from "../app/services/embedded-database/ensure-embedded-database.ts";
import { type ImportProgress, importMarkdownFolder } from "../app/services/import/import-markdown.server.ts";
import { importPackages } from "../app/services/import/import-packages.server.ts";
import { takesCopy } from "../app/services/synthetic/insert-synthetic.server.ts";
import { seedSynthetic } from "../app/services/synthetic/seed-synthetic.server.ts";
import { parseSeedCommand, SEED_HELP, type SeedCommand, UsageError } from "./seed/options.ts";

/** Texts of the packages that are embedded where `--limit` does not say. */
const PACKAGES_LIMIT = 1_500;

const interruption = new AbortController();

async function main(words: string[]): Promise<void> {
  const command = parseSeedCommand(words);
  if (command.kind === "help") {
    process.stdout.write(SEED_HELP);
    return;
  }
  process.once("SIGINT", () => interruption.abort());
  process.once("SIGTERM", () => interruption.abort());
  const url = command.databaseUrl ?? env.DATABASE_URL;
  const embedded = await ensureEmbeddedDatabase(url);
  // One connection: all there is on the embedded database. No statement time-out: an index build may take minutes.
  const database = new pg.Pool({ connectionString: url, max: 1, application_name: "halfvec-migration-seed" });
  try {
    if (command.kind === "synthetic") await fillSynthetic(database, command);
    else await importText(database, command);
  } finally {
    await database.end();
    await embedded.stop();
  }
}

async function importText(
  database: pg.Pool,
  command: Extract<SeedCommand, { kind: "folder" | "packages" }>,
): Promise<void> {
  const started = performance.now();
  const options = { database, onProgress: showProgress, signal: interruption.signal };
  const result =
    command.kind === "packages"
      ? await importPackages(process.cwd(), {
          ...options,
          workspace: workspaceOf(command),
          limit: command.limit ?? PACKAGES_LIMIT,
        })
      : await importMarkdownFolder(resolve(command.directory), {
          ...options,
          workspace: workspaceOf(command),
          limit: command.limit,
        });
  const rows = "databaseRows" in result ? `, ${result.databaseRows} database rows` : "";
  const {
    pages,
    unchanged,
    editedMeanwhile,
    leftOut,
    blocks,
    links,
    pageEmbeddings,
    blockEmbeddings,
    documents,
  } = result;
  say(`Imported ${pages} pages with ${blocks} blocks and ${links} links${rows} in ${seconds(started)}`);
  say(`Embeddings: ${pageEmbeddings} of pages, ${blockEmbeddings} of blocks, ${documents} documents`);
  if (unchanged > 0) say(`${unchanged} files had not changed since the last import`);
  for (const path of editedMeanwhile) say(`${path} was left out: somebody edited its page meanwhile`);
  if (leftOut > 0) say(`${leftOut} files did not fit the limit`);
  say(`To see it in the app: npm run user -- add EMAIL --workspace '${workspaceOf(command)}' --admin`);
}

function workspaceOf(command: Extract<SeedCommand, { kind: "folder" | "packages" }>): string {
  return (
    command.workspace ?? (command.kind === "packages" ? "Packages" : basename(resolve(command.directory)))
  );
}

async function fillSynthetic(
  database: pg.Pool,
  command: Extract<SeedCommand, { kind: "synthetic" }>,
): Promise<void> {
  const { tables, keepIndexes, kind: _, databaseUrl: __, ...options } = command;
  const client = await database.connect();
  try {
    const method = (await takesCopy(client)) ? "copy" : "insert";
    if (method === "insert") say("This server takes no COPY: rows are added with INSERT");
    for (const table of tables) {
      const result = await seedSynthetic(client, table, {
        ...options,
        method,
        rebuildIndexes: !keepIndexes,
        signal: interruption.signal,
      });
      const perSecond = Math.round((result.rows / result.milliseconds) * 1000).toLocaleString("en");
      say(`${table.name}: ${result.rows.toLocaleString("en")} rows added, ${perSecond} a second`);
      if (result.rebuiltIndexes.length > 0) {
        const took = (result.buildMilliseconds / 1000).toFixed(1);
        say(
          `  the table was empty: loaded without ${result.rebuiltIndexes.join(", ")}, built afterwards in ${took} s`,
        );
      } else if (result.throughIndexes) {
        say("  every row went into the HNSW index at once: that is what took the time");
      }
    }
  } finally {
    client.release();
  }
}

let shownAt = 0;

/** One line every two seconds. */
function showProgress({ phase, done, total, texts, textsTotal }: ImportProgress): void {
  if (done < total && performance.now() - shownAt < 2_000) return;
  shownAt = performance.now();
  say(
    `${phase === "rows" ? "database rows" : "pages"}: ${done} of ${total}, ${texts} of ${textsTotal} texts embedded`,
  );
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  const missing = error instanceof Error && "code" in error && error.code === "42P01";
  if (interruption.signal.aborted) {
    process.stderr.write(
      "Interrupted. What was complete stays; the pages or the table at hand are as they were before.\n",
    );
    process.exitCode = 130;
  } else if (error instanceof UsageError) {
    process.stderr.write(`${message}\nnpm run seed -- --help says more\n`);
    process.exitCode = 2;
  } else {
    const hint = missing ? "\nThe tables are not there yet: npm run db:deploy -- --through init" : "";
    process.stderr.write(`${message}${hint}\n`);
    process.exitCode = 1;
  }
}
