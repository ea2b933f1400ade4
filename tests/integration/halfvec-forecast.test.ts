import { describe, expect } from "vitest";
import { graphBytesPerRow } from "../../app/services/halfvec/forecast/graph-memory.ts";
import { hnswBytesPerRow } from "../../app/services/halfvec/forecast/hnsw-bytes.ts";
import { isToasted, storedBytesPerRow } from "../../app/services/halfvec/forecast/stored-bytes.ts";
import { type TestDatabase, test } from "../support/test.ts";

const ROWS = 900;
/** Rows of a compact index: of small elements many are on a page. */
const SIGNS = 6_000;
const PAGE = 8192;
const MOST_ERROR = 0.03;
const DIMENSIONS = [256, 768, 960, 1024, 1536, 2000, 3072];
/** What an HNSW index takes at most (pgvector 0.8). */
const MOST_INDEXED = { vector: 2000, halfvec: 4000 };

/** Vectors that have nothing to do with each other: no two share an element of the index. */
const RANDOM_ROWS = `
  INSERT INTO measured SELECT id, numbers::vector, numbers::vector FROM (
    SELECT id, array_agg(random() - 0.5) AS numbers
    FROM generate_series(1, $2::int) AS id, generate_series(1, $1::int) GROUP BY id) AS generated`;

describe.for(DIMENSIONS)("the forecast for %i dimensions", (dimensions) => {
  test("is within 3 % of the server, in TOAST and in indexes of m 8, 16 and 32", {
    tags: ["server"],
  }, async ({ database }) => {
    await database.query("CREATE EXTENSION IF NOT EXISTS vector");
    await database.query(
      `CREATE TABLE measured (id integer, vector vector(${dimensions}), halfvec halfvec(${dimensions}))`,
    );
    await database.query(RANDOM_ROWS, [dimensions, ROWS]);
    for (const type of ["vector", "halfvec"] as const) {
      await database.query(`CREATE TABLE one AS SELECT id, ${type} FROM measured`);
      const [stored] = await database.query<{ bytes: number }>(
        `SELECT pg_table_size(reltoastrelid)::float8 + pg_indexes_size(reltoastrelid) AS bytes
         FROM pg_class WHERE oid = 'one'::regclass AND pg_relation_size(reltoastrelid) > 0`,
      );
      expect(stored !== undefined).toBe(isToasted(type, dimensions));
      const forecasts = [[stored?.bytes, storedBytesPerRow(type, dimensions)]];
      if (dimensions <= MOST_INDEXED[type]) {
        for (const m of [8, 16, 32]) {
          const bytes = await indexBytes(database, `${type} ${type}_cosine_ops`, m);
          forecasts.push([bytes, hnswBytesPerRow(type, dimensions, m)]);
        }
      }
      // One page more or less is chance: of the last one, and of how many elements have a higher level.
      const errors = forecasts.flatMap(([bytes, perRow]) =>
        bytes === undefined || perRow === undefined
          ? []
          : Math.max(0, Math.abs(ROWS * perRow - bytes) - PAGE) / bytes,
      );
      expect(errors.length).toBeGreaterThan(0);
      expect(Math.max(...errors)).toBeLessThan(MOST_ERROR);
      await database.query("DROP TABLE one");
    }
  });

  test("is within 3 % of the server in compact indexes of m 8, 16 and 32", {
    tags: ["server"],
  }, async ({ database }) => {
    await database.query("CREATE EXTENSION IF NOT EXISTS vector");
    // 128 of the signs a time.
    await database.query(
      `CREATE TABLE one AS
       SELECT (SELECT 'x' || string_agg(md5(id || ' ' || part), '') FROM generate_series(1, $1::int) AS part)::bit(${dimensions}) AS signs
       FROM generate_series(1, $2::int) AS id`,
      [Math.ceil(dimensions / 128), SIGNS],
    );
    for (const m of [8, 16, 32]) {
      const bytes = await indexBytes(database, "signs bit_hamming_ops", m);
      expect(Math.abs((SIGNS * hnswBytesPerRow("bit", dimensions, m)) / bytes - 1)).toBeLessThan(MOST_ERROR);
    }
  });
});

/** Of an HNSW index on a key of the table, without its first page, which is that of the index itself. */
async function indexBytes(database: TestDatabase, key: string, m: number): Promise<number> {
  await database.query(
    `CREATE INDEX built ON one USING hnsw (${key}) WITH (m = ${m}, ef_construction = ${2 * m})`,
  );
  const [index] = await database.query<{ bytes: number }>(
    "SELECT pg_relation_size('built')::float8 - $1 AS bytes",
    [PAGE],
  );
  await database.query("DROP INDEX built");
  return index?.bytes ?? Number.NaN;
}

describe.for([
  { type: "vector", key: "vector vector_cosine_ops", m: 8, rows: ROWS },
  { type: "vector", key: "vector vector_cosine_ops", m: 32, rows: ROWS },
  { type: "halfvec", key: "halfvec halfvec_cosine_ops", m: 16, rows: ROWS },
  { type: "bit", key: "(binary_quantize(halfvec)::bit(1536)) bit_hamming_ops", m: 16, rows: SIGNS },
] as const)("the memory of a build on $type with m $m", ({ type, key, m, rows }) => {
  test("is within 3 % of what the server takes before it says that the graph does not fit", {
    tags: ["server"],
  }, async ({ database }) => {
    await database.query("CREATE EXTENSION IF NOT EXISTS vector");
    await database.query("CREATE TABLE measured (id integer, vector vector(1536), halfvec halfvec(1536))");
    await database.query(RANDOM_ROWS, [1536, rows]);
    const notices: string[] = [];
    database.client.on("notice", ({ message }) => notices.push(message ?? ""));
    await database.query("SET maintenance_work_mem = '3MB'");
    await database.query("SET max_parallel_maintenance_workers = 0");
    await database.query(
      `CREATE INDEX ON measured USING hnsw (${key}) WITH (m = ${m}, ef_construction = 64)`,
    );
    const fitting = /no longer fits into maintenance_work_mem after (\d+) tuples/.exec(notices.join())?.[1];
    expect(Math.abs((Number(fitting) * graphBytesPerRow(type, 1536, m)) / (3 * 2 ** 20) - 1)).toBeLessThan(
      MOST_ERROR,
    );
  });
});
