import { PAGE_EMBEDDINGS } from "../../../app/embedding-tables.ts";
import { formatBytes, formatCount } from "../../migrate-to-halfvec/format.ts";
import { type Bench, benchmark, dataOf } from "../benchmark.ts";
import { type BuildFigures, measureBuild } from "../built-index.ts";
import { connected } from "../connected.ts";
import { markdownTable, ratio, spread } from "../markdown.ts";
import { migrateUntil, settle } from "../migrated-database.ts";
import { median } from "../statistics.ts";
import { type DistanceFigures, describeDistances, measureDistances } from "./distances.ts";

const ROWS = 50_000;
const TABLE = PAGE_EMBEDDINGS;

interface Way {
  name: string;
  /** Parallel workers besides the session that builds. */
  workers: number;
  concurrently: boolean;
  /** `maintenance_work_mem`, or null for the server's. */
  memory: string | null;
}

/** The graph of 50,000 vectors takes some 400 MB: 64 MB hold a sixth of it, the rest is inserted row by row. */
const WAYS: readonly Way[] = [
  { name: "serial", workers: 0, concurrently: false, memory: null },
  { name: "2 workers", workers: 2, concurrently: false, memory: null },
  { name: "2 workers, CONCURRENTLY", workers: 2, concurrently: true, memory: null },
  { name: "2 workers, 64 MB of memory", workers: 2, concurrently: false, memory: "64MB" },
];
const SIDES = [
  { type: "vector", column: TABLE.column },
  { type: "halfvec", column: TABLE.twin },
] as const;

interface IndexBuildResult {
  rows: number;
  /** Of each repetition, by the name of the way and the type. */
  builds: Record<string, BuildFigures[]>;
  distances: DistanceFigures[];
}

export const INDEX_BUILD = benchmark<IndexBuildResult>({
  name: "index-build",
  title: "Index build: HNSW on vector and on halfvec",
  async *run(bench) {
    const data = dataOf(bench, ROWS);
    const url = await bench.scratch.template([TABLE], data);
    await migrateUntil(url, "convert");
    await settle(url, [TABLE]);
    const distances = await measureDistances(bench, url, TABLE);
    yield { result: { rows: data.rows, distances, builds: await measureBuilds(bench, url) } };
  },
  report: ({ rows, builds, distances }) => [
    `${formatCount(rows)} rows, m ${TABLE.hnsw.m}, ef_construction ${TABLE.hnsw.efConstruction}; both columns in the same table.`,
    "",
    ...markdownTable(
      ["way", "vector, s", "halfvec, s", "halfvec / vector", "vector index", "halfvec index"],
      WAYS.map((way) => {
        const [vector, halfvec] = SIDES.map(({ type }) => builds[keyOf(way, type)] ?? []);
        const seconds = (side: BuildFigures[] = []) => side.map((one) => one.seconds);
        const bytes = (side: BuildFigures[] = []) => formatBytes(median(side.map((one) => one.bytes)));
        return [
          way.name,
          spread(seconds(vector), 1),
          spread(seconds(halfvec), 1),
          ratio(seconds(halfvec), seconds(vector)),
          bytes(vector),
          bytes(halfvec),
        ];
      }),
    ),
    describeDistances(distances),
    "",
  ],
});

function keyOf(way: Way, type: string): string {
  return `${way.name}, ${type}`;
}

async function measureBuilds(bench: Bench, url: string): Promise<IndexBuildResult["builds"]> {
  const builds: IndexBuildResult["builds"] = {};
  for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
    for (const way of WAYS) {
      for (const { type, column } of SIDES) {
        const figures = await build(url, way, type, column);
        const key = keyOf(way, type);
        builds[key] = [...(builds[key] ?? []), figures];
        bench.say(`${key}: ${figures.seconds.toFixed(1)} s`);
      }
    }
  }
  return builds;
}

async function build(url: string, way: Way, type: string, column: string): Promise<BuildFigures> {
  return connected(url, async (client) => {
    await client.query(`SET max_parallel_maintenance_workers = ${way.workers}`);
    if (way.memory !== null) await client.query(`SET maintenance_work_mem = '${way.memory}'`);
    return await measureBuild(client, TABLE, `${column} ${type}_cosine_ops`, way);
  });
}
