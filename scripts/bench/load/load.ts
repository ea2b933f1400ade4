import pg from "pg";
import { EMBEDDING_TABLES } from "../../../app/embedding-tables.ts";
import { searchEverything } from "../../../app/services/rag/search-everything.server.ts";
import { SEARCH_TYPES, type SearchType } from "../../../app/services/rag/search-types.ts";
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
const CONNECTIONS = 16;
const WORKSPACE = syntheticWorkspaceId(SEED, 0);
const LIMIT = 10;
/** Each is asked before it is timed, and all a thousand times: neither the model nor a cold process is what is measured. */
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

const EVERYTHING = { queries: QUERIES, types: SEARCH_TYPES };
const ONE_TYPE: readonly SearchType[] = ["pages"];

/** The same searches by as many connections: their statements sent by pgbench, one search a transaction, and through HTTP. */
interface SideBySide {
  types: readonly SearchType[];
  raw: PgbenchFigures[];
  http: LoadFigures[];
}

interface LoadResult {
  rows: number;
  sides: SideBySide[];
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
  async *run(bench) {
    const data = dataOf(bench, ROWS);
    const url = await bench.scratch.template(EMBEDDING_TABLES, data);
    await migrateUntil(url, "swap");
    await settle(url, EMBEDDING_TABLES);
    const sides = [SEARCH_TYPES, ONE_TYPE].map((types): SideBySide => ({ types, raw: [], http: [] }));
    const result: LoadResult = { rows: data.rows, sides, burst: [], steady: [], shed: [], memory: [] };
    await withApp(url, {}, async (app) => {
      result.memory.push(await app.readMemory());
      for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
        for (const side of sides) await measureSides(bench, url, app, side);
        result.burst.push(told(bench, "burst", await shoot(app, EVERYTHING, AT_ONCE, { amount: AT_ONCE })));
        result.steady.push(
          told(bench, "steady", await shoot(app, EVERYTHING, AT_ONCE, { duration: STEADY_SECONDS })),
        );
        result.memory.push(await app.readMemory());
      }
    });
    await withApp(url, { SEARCH_QUEUE: String(SHORT_QUEUE) }, async (app) => {
      for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
        result.shed.push(
          told(bench, "shed", await shoot(app, EVERYTHING, AT_ONCE, { duration: SHED_SECONDS })),
        );
      }
    });
    yield { result };
  },
  report: ({ rows, sides, burst, steady, shed, memory }) => {
    const everything = ratesOf(sides.find(({ types }) => types.length > 1)?.raw);
    return [
      `${formatCount(rows)} rows in each of ${EMBEDDING_TABLES.length} tables after the swap; client, app and database on the same machine. Memory of the app: ${memory.map(formatBytes).join(", ")}.`,
      "",
      `### ${CONNECTIONS} connections, GET /api/search beside pgbench`,
      "",
      "`pgbench` sends the statements of a search as one transaction, prepared once a connection, and reads no answer.",
      "",
      ...markdownTable(
        ["searched", "pgbench, searches/s", "GET /api/search", "of pgbench", "end to end p95 ms"],
        sides.map(({ types, raw, http }) => [
          types.join(", "),
          spread(ratesOf(raw), 0),
          spread(
            http.map((run) => run.searchesPerSecond),
            0,
          ),
          ratio(
            http.map((run) => run.searchesPerSecond),
            ratesOf(raw),
          ),
          spread(
            http.map((run) => run.endToEnd.p95),
            0,
          ),
        ]),
      ),
      `### ${formatCount(AT_ONCE)} connections`,
      "",
      `At the rate of pgbench ${formatCount(AT_ONCE)} searches of all tables take ${formatCount((AT_ONCE * 1000) / median(everything))} ms.`,
      "",
      ...markdownTable(
        [
          "load",
          "answers of all runs",
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
          loadRow(`${formatCount(AT_ONCE)} at once`, burst, everything),
          loadRow(`for ${STEADY_SECONDS} s`, steady, everything),
          loadRow(`for ${SHED_SECONDS} s with SEARCH_QUEUE=${SHORT_QUEUE}`, shed, everything),
        ],
      ),
    ];
  },
});

function ratesOf(raw: readonly PgbenchFigures[] = []): number[] {
  return raw.map(({ queriesPerSecond }) => queriesPerSecond);
}

function loadRow(name: string, runs: readonly LoadFigures[], raw: readonly number[]): string[] {
  const of = (pick: (run: LoadFigures) => number, digits: number) => spread(runs.map(pick), digits);
  const rates = runs.map((run) => run.searchesPerSecond);
  return [
    name,
    describe(allAnswers(runs)),
    spread(rates, 0),
    ratio(rates, raw),
    of(({ service }) => service.p50, 1),
    of(({ service }) => service.p95, 1),
    of(({ service }) => service.p99, 1),
    of(({ queue }) => queue.p95, 0),
    of(({ endToEnd }) => endToEnd.p50, 0),
    of(({ endToEnd }) => endToEnd.p95, 0),
    of(({ endToEnd }) => endToEnd.p99, 0),
  ];
}

function allAnswers(runs: readonly LoadFigures[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const [status, count] of runs.flatMap(({ answers }) => Object.entries(answers))) {
    all[status] = (all[status] ?? 0) + count;
  }
  return all;
}

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
    await shoot(app, EVERYTHING, 1, { amount: QUERIES.length });
    await shoot(app, EVERYTHING, CONNECTIONS, { amount: AT_ONCE });
    await work(app);
  } finally {
    await app.stop();
  }
}

async function measureSides(bench: Bench, url: string, app: ServedApp, side: SideBySide): Promise<void> {
  const { types, raw, http } = side;
  const transactions = await searchTransactions(url, types);
  raw.push(
    await pgbench(bench.pgbench, url, transactions, {
      clients: CONNECTIONS,
      seconds: bench.seconds,
      mode: "prepared",
    }),
  );
  const asked = { queries: QUERIES, types };
  http.push(told(bench, types.join(), await shoot(app, asked, CONNECTIONS, { duration: bench.seconds })));
}

/** What one search of each query sends to the database. */
async function searchTransactions(url: string, types: readonly SearchType[]): Promise<PgbenchTransaction[]> {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pool.on("error", () => undefined);
  try {
    const transactions: PgbenchTransaction[] = [];
    for (const query of QUERIES) {
      const asked = { query, types, limit: LIMIT, workspaceId: WORKSPACE };
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
