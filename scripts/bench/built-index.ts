import type pg from "pg";
import type { EmbeddingTable } from "../../app/embedding-tables.ts";

export interface BuildFigures {
  seconds: number;
  /** All forks. */
  bytes: number;
}

const INDEX = "bench_hnsw_idx";

/**
 * Builds an HNSW index beside those that stand, with the settings of the session, measures it and drops it.
 *
 * @param key what is indexed, with its operator class
 */
export async function measureBuild(
  client: pg.Client,
  table: EmbeddingTable,
  key: string,
  { concurrently = false } = {},
): Promise<BuildFigures> {
  const { m, efConstruction } = table.hnsw;
  const began = performance.now();
  await client.query(
    `CREATE INDEX ${concurrently ? "CONCURRENTLY" : ""} ${INDEX} ON ${table.name}
     USING hnsw (${key}) WITH (m = ${m}, ef_construction = ${efConstruction})`,
  );
  const seconds = (performance.now() - began) / 1000;
  const { rows } = await client.query<{ bytes: string }>(`SELECT pg_table_size('${INDEX}') AS bytes`);
  await client.query(`DROP INDEX ${INDEX}`);
  return { seconds, bytes: Number(rows[0]?.bytes) };
}
