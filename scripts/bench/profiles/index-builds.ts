import type pg from "pg";
import type { EmbeddingTable } from "../../../app/embedding-tables.ts";
import { quantized } from "../../../app/services/rag/similarity-sql/quantized-scan.ts";
import type { Side } from "./searches.ts";

export interface BuildFigures {
  seconds: number;
  bytes: number;
}

const INDEX = "bench_built";

/** Builds an index of a side beside those that stand, with the server's settings, measures it and drops it. */
export async function measureBuild(
  client: pg.Client,
  table: EmbeddingTable,
  side: Side,
): Promise<BuildFigures> {
  const key = {
    vector: `${table.column} vector_cosine_ops`,
    halfvec: `${table.twin} halfvec_cosine_ops`,
    compact: `(${quantized(table.twin, table)}) bit_hamming_ops`,
  }[side];
  const { m, efConstruction } = table.hnsw;
  const began = performance.now();
  await client.query(
    `CREATE INDEX ${INDEX} ON ${table.name} USING hnsw (${key}) WITH (m = ${m}, ef_construction = ${efConstruction})`,
  );
  const seconds = (performance.now() - began) / 1000;
  const { rows } = await client.query<{ bytes: string }>(`SELECT pg_table_size('${INDEX}') AS bytes`);
  await client.query(`DROP INDEX ${INDEX}`);
  return { seconds, bytes: Number(rows[0]?.bytes) };
}
