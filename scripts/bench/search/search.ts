import pg from "pg";
import { EMBEDDING_TABLES, PAGE_EMBEDDINGS } from "../../../app/embedding-tables.ts";
import { EVERY_WORKSPACE } from "../../../app/services/rag/search-request.ts";
import { searchEmbeddings } from "../../../app/services/rag/vector-search.server.ts";
import { syntheticWorkspaceId } from "../../../app/services/synthetic/synthetic-rows.ts";
import { formatCount, formatShare } from "../../migrate-to-halfvec/format.ts";
import { type Bench, benchmark, dataOf } from "../benchmark.ts";
import { markdownTable, ratio, spread } from "../markdown.ts";
import { migrateUntil, settle } from "../migrated-database.ts";
import { type PgbenchFigures, pgbench } from "../pgbench.ts";
import { SEED } from "../scratch-database.ts";
import { measureRecall, measureRecallWithin, type RecallFigures } from "./recall.ts";
import { type Asked, queryVectors, SIDES, type Side, sentStatements, takeSide } from "./sides.ts";
import { type Throughput, throughput } from "./throughput.ts";

const ROWS = 50_000;
const EF_SEARCHES = [40, 100, 200];
const CONNECTIONS = [1, 4, 16];
const QUERIES = 50;
const TABLE = PAGE_EMBEDDINGS;
/** Shares of the rows in the workspaces that are searched; one more has the rest. */
const FILTERED = [0.5, 0.05, 0.005];
const WORKSPACE_WEIGHTS = [...FILTERED, 0.445];
const ASKED = { limit: 10, efSearch: 100, workspaceId: EVERY_WORKSPACE } as const;

/** One statement with one number of connections: what the server gives, and what is left of it after our own code. */
interface Measured {
  side: Side;
  /** Share of the rows in the workspace that is searched; 1 for all of them. */
  share: number;
  efSearch: number;
  connections: number;
  raw: PgbenchFigures[];
  service: Throughput[];
}

interface SearchResult {
  rows: number;
  recall: RecallFigures[];
  /** recall@10 of each workspace, by its share of the rows. */
  filtered: { share: number; recall: Record<Side, number> }[];
  throughput: Measured[];
}

/** vector beside halfvec, and the search service beside pgbench on the statement that it sends. */
export const SEARCH = benchmark<SearchResult>({
  name: "search",
  title: "Search: vector beside halfvec, the service beside pgbench",
  async *run(bench) {
    const data = { ...dataOf(bench, ROWS), workspaceWeights: WORKSPACE_WEIGHTS };
    const url = await bench.scratch.template(EMBEDDING_TABLES, data);
    await migrateUntil(url, "index");
    await settle(url, EMBEDDING_TABLES);
    const recall: RecallFigures[] = [];
    for (const table of EMBEDDING_TABLES) {
      recall.push(...(await measureRecall(url, table, queryVectors(table, QUERIES), EF_SEARCHES)));
      bench.say(`recall of ${table.name}`);
    }
    const filtered = await measureFiltered(bench, url);
    yield { result: { rows: data.rows, recall, filtered, throughput: await measureThroughput(bench, url) } };
  },
  report: ({ rows, recall, filtered, throughput: measured }) => [
    `${formatCount(rows)} rows in each of ${EMBEDDING_TABLES.length} tables, everything in memory, both columns indexed in the same table.`,
    "",
    "### recall@10 against exact search over the vectors",
    "",
    ...reportRecall(recall),
    `Within one workspace of ${TABLE.name}, through the search service with ef_search ${ASKED.efSearch}:`,
    "",
    ...reportFiltered(filtered),
    `### Searches a second on ${TABLE.name}`,
    "",
    "`pgbench` sends the same statement with the same parameters, prepared once a connection.",
    "",
    ...reportThroughput(measured),
  ],
});

async function measureFiltered(bench: Bench, url: string): Promise<SearchResult["filtered"]> {
  const vectors = queryVectors(TABLE, QUERIES);
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  pool.on("error", () => undefined);
  try {
    const measured: SearchResult["filtered"] = [];
    for (const share of FILTERED) {
      const workspaceId = workspaceOf(share);
      const recall = await measureRecallWithin(pool, TABLE, vectors, { ...ASKED, workspaceId });
      measured.push({ share, recall });
      bench.say(`recall within ${formatShare(share, 1)} of the rows`);
    }
    return measured;
  } finally {
    await pool.end();
  }
}

async function measureThroughput(bench: Bench, url: string): Promise<Measured[]> {
  const vectors = queryVectors(TABLE, QUERIES);
  const measured = settings().map((setting) => ({ ...setting, raw: [], service: [] }) as Measured);
  const pool = new pg.Pool({ connectionString: url, max: Math.max(...CONNECTIONS) });
  pool.on("error", () => undefined);
  try {
    for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
      for (const one of measured) {
        await takeSide(pool, [TABLE], one.side);
        const workspaceId = one.share === 1 ? EVERY_WORKSPACE : workspaceOf(one.share);
        const asked: Asked = { ...ASKED, efSearch: one.efSearch, workspaceId };
        const statements = await sentStatements(pool, TABLE, vectors, asked);
        const { seconds } = bench;
        one.raw.push(
          await pgbench(bench.pgbench, url, statements, {
            clients: one.connections,
            seconds,
            mode: "prepared",
          }),
        );
        one.service.push(
          await throughput(one.connections, seconds, (turn) =>
            searchEmbeddings({ table: TABLE, vector: vectors[turn % QUERIES] ?? [], ...asked }, pool),
          ),
        );
        bench.say(
          `${one.side}, ${formatShare(one.share, 1)} of the rows, ef_search ${one.efSearch}, ${one.connections} connections: ${one.raw.at(-1)?.queriesPerSecond.toFixed(0)} with pgbench, ${one.service.at(-1)?.queriesPerSecond.toFixed(0)} through the service`,
        );
      }
    }
  } finally {
    await pool.end();
  }
  return measured;
}

/** All rows at each `ef_search` and number of connections; each workspace at one of both. The two sides in turn. */
function settings() {
  const everything = EF_SEARCHES.flatMap((efSearch) =>
    CONNECTIONS.map((connections) => ({ share: 1, efSearch, connections })),
  );
  const filtered = FILTERED.map((share) => ({
    share,
    efSearch: ASKED.efSearch,
    connections: 4,
  }));
  return [...everything, ...filtered].flatMap((setting) => SIDES.map((side) => ({ ...setting, side })));
}

function workspaceOf(share: number): string {
  return syntheticWorkspaceId(SEED, WORKSPACE_WEIGHTS.indexOf(share));
}

function reportRecall(recall: readonly RecallFigures[]): string[] {
  const of = (table: string, side: Side, efSearch: number) =>
    recall.find((one) => one.table === table && one.side === side && one.efSearch === efSearch)?.recall ??
    null;
  return markdownTable(
    ["table", ...EF_SEARCHES.flatMap((efSearch) => SIDES.map((side) => `${side}, ef_search ${efSearch}`))],
    EMBEDDING_TABLES.map(({ name }) => [
      name,
      ...EF_SEARCHES.flatMap((efSearch) => SIDES.map((side) => formatShare(of(name, side, efSearch), 1))),
    ]),
  );
}

function reportFiltered(filtered: SearchResult["filtered"]): string[] {
  return markdownTable(
    ["rows searched", ...SIDES],
    filtered.map(({ share, recall }) => [
      formatShare(share, 1),
      ...SIDES.map((side) => formatShare(recall[side], 1)),
    ]),
  );
}

function reportThroughput(measured: readonly Measured[]): string[] {
  const raw = (one: Measured | undefined) => (one?.raw ?? []).map(({ queriesPerSecond }) => queriesPerSecond);
  const service = (one: Measured) => one.service.map(({ queriesPerSecond }) => queriesPerSecond);
  const latency = (one: Measured, share: "p50" | "p95" | "p99") =>
    spread(
      one.service.map(({ latencies }) => latencies[share]),
      1,
    );
  return markdownTable(
    [
      "column",
      "rows searched",
      "ef_search",
      "connections",
      "pgbench",
      "halfvec / vector",
      "service",
      "service / pgbench",
      "p50 ms",
      "p95 ms",
      "p99 ms",
    ],
    measured.map((one) => {
      const other = measured.find(
        ({ side, share, efSearch, connections }) =>
          side === "vector" &&
          share === one.share &&
          efSearch === one.efSearch &&
          connections === one.connections,
      );
      return [
        one.side,
        formatShare(one.share, 1),
        String(one.efSearch),
        String(one.connections),
        spread(raw(one), 0),
        one.side === "vector" ? "1.00" : ratio(raw(one), raw(other)),
        spread(service(one), 0),
        ratio(service(one), raw(one)),
        latency(one, "p50"),
        latency(one, "p95"),
        latency(one, "p99"),
      ];
    }),
  );
}
