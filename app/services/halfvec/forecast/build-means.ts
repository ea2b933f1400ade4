import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { qualified, quoted, startOfBlock } from "../identifiers.ts";
import type { Queryable } from "../queryable.ts";
import { type BuildMeans, slownessOf } from "./build-seconds.ts";

/** Blocks in which values are looked for, and how many values are taken: each is compared with each. */
const SAMPLE_BLOCKS = 64;
const VALUES = 64;
/** How often all are compared in the shorter and in the longer statement: what they differ in is distances alone. */
const TIMES = { few: 1, many: 5 };
/** The fastest of so many counts: others may have had the processor. */
const ATTEMPTS = 3;

/**
 * Reads what the server gives to the build of an index, and times distances between at most 64 values of `table`, some 70,000
 * in six statements: about a tenth of a second in all.
 */
export async function readBuildMeans(client: Queryable, table: EmbeddingTable): Promise<BuildMeans> {
  const { rows } = await client.query<Record<"memory" | "workers" | "scan", string>>(
    `SELECT pg_size_bytes(current_setting('maintenance_work_mem')) AS memory,
            current_setting('max_parallel_maintenance_workers') AS workers,
            pg_size_bytes(current_setting('min_parallel_table_scan_size')) AS scan`,
  );
  return {
    maintenanceWorkMem: Number(rows[0]?.memory ?? 0),
    maxWorkers: Number(rows[0]?.workers ?? 0),
    leastParallelBytes: Number(rows[0]?.scan ?? 0),
    slowness: await measureSlowness(client, table),
  };
}

/** 1 where there are too few values to tell. */
async function measureSlowness(client: Queryable, table: EmbeddingTable): Promise<number> {
  const { dimensions } = table;
  const compare = async (times: number) => {
    const began = performance.now();
    const { rows } = await client.query<{ distances: string }>(
      `WITH sampled AS MATERIALIZED (
         SELECT l2_normalize(${quoted(table.column)})::halfvec(${dimensions}) AS value FROM ${qualified(table)}
         WHERE ctid < $1::tid AND ${quoted(table.column)} IS NOT NULL LIMIT ${VALUES})
       SELECT count(a.value <#> b.value) AS distances
       FROM sampled a, sampled b, generate_series(1, $2::int)`,
      [startOfBlock(SAMPLE_BLOCKS), times],
    );
    return { seconds: (performance.now() - began) / 1000, distances: Number(rows[0]?.distances ?? 0) };
  };
  let few = Number.POSITIVE_INFINITY;
  let many = Number.POSITIVE_INFINITY;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const short = await compare(TIMES.few);
    if (short.distances < VALUES ** 2) return 1;
    few = Math.min(few, short.seconds);
    many = Math.min(many, (await compare(TIMES.many)).seconds);
  }
  const distances = (TIMES.many - TIMES.few) * VALUES ** 2;
  return many > few ? slownessOf((many - few) / distances, dimensions) : 1;
}
