import pg from "pg";
import { EMBEDDING_TABLES } from "../../../app/embedding-tables.ts";
import { searchEverything } from "../../../app/services/rag/search-everything.server.ts";
import { SEARCH_TYPES } from "../../../app/services/rag/search-types.ts";
import { syntheticWorkspaceId } from "../../../app/services/synthetic/synthetic-rows.ts";
import { formatBytes, formatCount } from "../../migrate-to-halfvec/format.ts";
import { type Bench, benchmark, dataOf } from "../benchmark.ts";
import { markdownTable, ratio, spread } from "../markdown.ts";
import { migrateUntil, settle } from "../migrated-database.ts";
import { type PgbenchFigures, type PgbenchTransaction, pgbench } from "../pgbench.ts";
import { recordingDatabase } from "../recording-database.ts";
import { SEED } from "../scratch-database.ts";
import { median } from "../statistics.ts";
import { type ServedApp, serve } from "./served-app.ts";
import { type LoadFigures, shoot } from "./shoot.ts";

const ROWS = 50_000;
const AT_ONCE = 1_000;
const STEADY_SECONDS = 60;
const SHED_SECONDS = 10;
/** A queue that a thousand searches overflow. */
const SHORT_QUEUE = 100;
const PGBENCH_CLIENTS = 16;
const WORKSPACE = syntheticWorkspaceId(SEED, 0);
const LIMIT = 10;
/** Each is asked before it is timed, so that its embedding is known: the model is not what is measured. */
const QUERIES = [
  "how to restore a backup",
  "opening hours in winter",
  "who approves a purchase",
  "the build fails with an out of memory error",
  "travel expenses abroad",
  "rotate the signing key",
  "vacation days carried over",
  "replace the filter of the pump",
  "onboarding of a new colleague",
  "the difference between the two plans",
];

interface LoadResult {
  rows: number;
  /** All statements of one search, as one transaction. */
  raw: PgbenchFigures[];
  burst: LoadFigures[];
  steady: LoadFigures[];
  /** With a queue of SHORT_QUEUE. */
  shed: LoadFigures[];
  /** Memory of the process before the load, and at the end of each repetition, in bytes. */
  memory: number[];
}

export const LOAD = benchmark<LoadResult>({
  name: "load",
  title: "A thousand searches at the same time, through the HTTP server",
  async run(bench) {
    const data = dataOf(bench, ROWS);
    const url = await bench.scratch.template(EMBEDDING_TABLES, data);
    await migrateUntil(url, "swap");
    await settle(url, EMBEDDING_TABLES);
    const result: LoadResult = { rows: data.rows, raw: [], burst: [], steady: [], shed: [], memory: [] };
    const transactions = await searchTransactions(url);
    await withApp(url, {}, async (app) => {
      result.memory.push(await app.readMemory());
      for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
        const { seconds } = bench;
        result.raw.push(
          await pgbench(bench.pgbench, url, transactions, {
            clients: PGBENCH_CLIENTS,
            seconds,
            mode: "prepared",
          }),
        );
        result.burst.push(told(bench, "burst", await shoot(app, QUERIES, AT_ONCE, { amount: AT_ONCE })));
        result.steady.push(
          told(bench, "steady", await shoot(app, QUERIES, AT_ONCE, { duration: STEADY_SECONDS })),
        );
        result.memory.push(await app.readMemory());
      }
    });
    await withApp(url, { SEARCH_QUEUE: String(SHORT_QUEUE) }, async (app) => {
      for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
        result.shed.push(told(bench, "shed", await shoot(app, QUERIES, AT_ONCE, { duration: SHED_SECONDS })));
      }
    });
    return result;
  },
  report: ({ rows, raw, burst, steady, shed, memory }) => {
    const rates = raw.map(({ queriesPerSecond }) => queriesPerSecond);
    const line = (name: string, runs: readonly LoadFigures[]) => [
      name,
      runs.map(({ answers }) => describe(answers)).at(-1) ?? "–",
      spread(
        runs.map((run) => run.searchesPerSecond),
        0,
      ),
      ratio(
        runs.map((run) => run.searchesPerSecond),
        rates,
      ),
      spread(
        runs.map((run) => run.service.p50),
        1,
      ),
      spread(
        runs.map((run) => run.service.p95),
        1,
      ),
      spread(
        runs.map((run) => run.service.p99),
        1,
      ),
      spread(
        runs.map((run) => run.queue.p95),
        0,
      ),
      spread(
        runs.map((run) => run.endToEnd.p50),
        0,
      ),
      spread(
        runs.map((run) => run.endToEnd.p95),
        0,
      ),
      spread(
        runs.map((run) => run.endToEnd.p99),
        0,
      ),
    ];
    return [
      `${formatCount(rows)} rows in each of ${EMBEDDING_TABLES.length} tables after the swap; client, app and database on the same machine. pgbench with ${PGBENCH_CLIENTS} connections and the statements of one search as one transaction: ${spread(rates, 0)} searches a second, so that ${formatCount(AT_ONCE)} at once take ${((1.2 * AT_ONCE * 1000) / median(rates)).toFixed(0)} ms × 1/1.2 there. Memory of the app: ${memory.map(formatBytes).join(", ")}.`,
      "",
      ...markdownTable(
        [
          "load",
          "answers of the last run",
          "searches/s",
          "of pgbench",
          "service p50 ms",
          "p95",
          "p99",
          "queue p95 ms",
          "end to end p50 ms",
          "p95",
          "p99",
        ],
        [
          line(`${formatCount(AT_ONCE)} at once`, burst),
          line(`${formatCount(AT_ONCE)} connections for ${STEADY_SECONDS} s`, steady),
          line(`the same for ${SHED_SECONDS} s with SEARCH_QUEUE=${SHORT_QUEUE}`, shed),
        ],
      ),
    ];
  },
});

function describe(answers: Readonly<Record<string, number>>): string {
  return Object.entries(answers)
    .map(([status, count]) => `${formatCount(count)} × ${status === "0" ? "no answer" : status}`)
    .join(", ");
}

function told(bench: Bench, name: string, figures: LoadFigures): LoadFigures {
  bench.say(
    `${name}: ${figures.searchesPerSecond.toFixed(0)} searches/s, end to end p95 ${figures.endToEnd.p95.toFixed(0)} ms, answers ${describe(figures.answers)}`,
  );
  return figures;
}

async function withApp(
  url: string,
  settings: Readonly<Record<string, string>>,
  work: (app: ServedApp) => Promise<void>,
): Promise<void> {
  const app = await serve(url, WORKSPACE, settings);
  try {
    for (const query of QUERIES) await shoot(app, [query], 1, { amount: 1 });
    await work(app);
  } finally {
    await app.stop();
  }
}

/** What one search of each query sends to the database. */
async function searchTransactions(url: string): Promise<PgbenchTransaction[]> {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pool.on("error", () => undefined);
  try {
    const transactions: PgbenchTransaction[] = [];
    for (const query of QUERIES) {
      const asked = { query, types: SEARCH_TYPES, limit: LIMIT, workspaceId: WORKSPACE };
      // The first one also reads the catalog.
      await searchEverything(asked, pool);
      const { database, sent } = recordingDatabase(pool);
      await searchEverything(asked, database);
      transactions.push(sent.filter(({ text }) => !text.includes("pg_catalog")));
    }
    return transactions;
  } finally {
    await pool.end();
  }
}
