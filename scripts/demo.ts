/**
 * `npm run demo`: the whole story on this machine alone. Embedded database, real text, the migration with its
 * figures, and the app on what came out of it. A second run starts from what is there.
 */
import pg from "pg";
import { EMBEDDED_DATABASE_URL } from "../app/embedded-database-url.ts";
import { EMBEDDING_TABLES, PAGE_EMBEDDINGS } from "../app/embedding-tables.ts";
import { env } from "../app/env.server.ts";
import { ensureEmbeddedDatabase } from "../app/services/embedded-database/ensure-embedded-database.ts";
import { stableId } from "../app/services/embeddings/stable-id.ts";
import { readCatalog } from "../app/services/halfvec/catalog.ts";
import { openConnections } from "../app/services/halfvec/connections.ts";
import { CONVERSION_DEFAULTS } from "../app/services/halfvec/convert/options.ts";
import { runMigration } from "../app/services/halfvec/run.ts";
import { summarize } from "../app/services/halfvec/summary.ts";
import { VERIFICATION_DEFAULTS } from "../app/services/halfvec/verify/verify-table.ts";
import { importPackages } from "../app/services/import/import-packages.server.ts";
import { ensureWorkspace } from "../app/services/import/page-rows.server.ts";
import { deployThrough } from "../app/services/prisma-migrations/apply-migration.ts";
import { buildApp, serveApp } from "./demo/app-server.ts";
import { type DemoAccess, ensureDemoAccess } from "./demo/demo-access.ts";
import { progressLine } from "./demo/progress-line.ts";
import { logScreen } from "./migrate-to-halfvec/log-screen.ts";
import { terminalScreen } from "./migrate-to-halfvec/terminal-screen.ts";

/** Texts to embed: what the local model does in about a minute on two cores. */
const TEXTS = 1500;
const WORKSPACE = "Packages";
/** Beside the data, so that both leave together. */
const ACCESS_FILE = ".data/demo-access.json";

const stop = new AbortController();
process.once("SIGINT", () => stop.abort()).once("SIGTERM", () => stop.abort());

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function main(): Promise<void> {
  say(`1. The embedded database: ${EMBEDDED_DATABASE_URL}, data in .data/`);
  const database = await ensureEmbeddedDatabase(EMBEDDED_DATABASE_URL);
  try {
    await bringToBaseline();
    await migrate();
    const { email, password, sessionSecret } = await makeDemoUser();
    say(`\n4. The app. Building it …`);
    await buildApp(stop.signal);
    await serveApp({
      databaseUrl: EMBEDDED_DATABASE_URL,
      port: env.PORT,
      sessionSecrets: env.SESSION_SECRET ?? [sessionSecret],
      signal: stop.signal,
      onReady: () =>
        say(
          `   http://127.0.0.1:${env.PORT} answers from the migrated data. Sign in as ${email} with ${password}\n` +
            `   Try "how do I detect bots?". Ctrl-C ends it.`,
        ),
    });
  } finally {
    await database.stop();
  }
}

/** Vector columns and indexes, filled with real text; nothing where that, or more, is there already. */
async function bringToBaseline(): Promise<void> {
  const pool = new pg.Pool({ connectionString: EMBEDDED_DATABASE_URL, max: 1 });
  try {
    const client = await pool.connect();
    let migrated: boolean;
    try {
      await deployThrough(client, { through: "init" });
      const { phase } = await readCatalog(client, PAGE_EMBEDDINGS);
      migrated = phase === "swapped" || phase === "contracted";
    } finally {
      client.release();
    }
    if (migrated) {
      say("2. Real text: imported in an earlier run");
      return;
    }
    say(
      "2. Real text: the Markdown documents of the packages in node_modules and of this repository, embedded by the local model",
    );
    const line = progressLine();
    const result = await importPackages(process.cwd(), {
      workspace: WORKSPACE,
      limit: TEXTS,
      database: pool,
      signal: stop.signal,
      onProgress: ({ phase, done, total, texts, textsTotal }) =>
        line.show(`   ${phase}: ${done} of ${total}, ${texts} of ${textsTotal} texts embedded`),
    });
    line.close();
    const { pages, pageEmbeddings, blockEmbeddings, documents, databaseRows, unchanged, editedMeanwhile } =
      result;
    say(
      `   ${pages} pages new, ${unchanged} unchanged; embeddings: ${pageEmbeddings} of pages, ${blockEmbeddings} of blocks, ${databaseRows} of database rows, ${documents} of documents`,
    );
    for (const path of editedMeanwhile) say(`   ${path} was left out: somebody edited its page meanwhile`);
  } finally {
    await pool.end();
  }
}

async function makeDemoUser(): Promise<DemoAccess> {
  const pool = new pg.Pool({ connectionString: EMBEDDED_DATABASE_URL, max: 1 });
  try {
    const workspaceId = await ensureWorkspace(pool, WORKSPACE, stableId("workspace", WORKSPACE));
    return await ensureDemoAccess(ACCESS_FILE, workspaceId, pool);
  } finally {
    await pool.end();
  }
}

async function migrate(): Promise<void> {
  say("3. The migration, as `npm run migrate:halfvec` does it");
  const screen = process.stdout.isTTY ? terminalScreen() : logScreen();
  const connections = await openConnections(EMBEDDED_DATABASE_URL);
  await runMigration(
    connections,
    {
      tables: EMBEDDING_TABLES,
      allTables: EMBEDDING_TABLES,
      until: "swap",
      conversion: CONVERSION_DEFAULTS,
      verification: { ...VERIFICATION_DEFAULTS, efSearch: env.HNSW_EF_SEARCH },
      reconnectSeconds: 0,
      confirmSwap: async () => true,
    },
    screen.report,
    stop.signal,
  );
  const tables = await connections.use("summary", (client) => summarize(client, EMBEDDING_TABLES));
  screen.showSummary({ kind: "migration", tables }, { outcome: "done" });
  // A distance in this database: 4.3 µs of vector, 11.3 of halfvec; on a server 0.2 and 0.3.
  say(
    "   Times are those of the embedded database, which is WebAssembly: it converts half precision without the\n" +
      "   processor's instructions for it, so that halfvec is slower than vector here. On a server it is about as fast, or\n" +
      "   faster: docs/BENCHMARKS.md.",
  );
  screen.close();
}

try {
  await main();
} catch (error) {
  if (stop.signal.aborted) {
    say("\nInterrupted. What is done is kept; npm run demo goes on from there.");
    process.exitCode = 130;
  } else {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
