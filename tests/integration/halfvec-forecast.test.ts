import { describe, expect } from "vitest";
import { hnswBytesPerRow } from "../../app/services/halfvec/forecast/hnsw-bytes.ts";
import { isToasted, storedBytesPerRow } from "../../app/services/halfvec/forecast/stored-bytes.ts";
import { test } from "../support/test.ts";

const ROWS = 900;
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
      for (const m of dimensions <= MOST_INDEXED[type] ? [8, 16, 32] : []) {
        await database.query(
          `CREATE INDEX built ON one USING hnsw (${type} ${type}_cosine_ops) WITH (m = ${m}, ef_construction = ${2 * m})`,
        );
        const [index] = await database.query<{ bytes: number }>(
          "SELECT pg_relation_size('built')::float8 AS bytes",
        );
        forecasts.push([index?.bytes, hnswBytesPerRow(type, dimensions, m)]);
        await database.query("DROP INDEX built");
      }
      const errors = forecasts.flatMap(([bytes, perRow]) =>
        bytes === undefined || perRow === undefined ? [] : Math.abs((ROWS * perRow) / bytes - 1),
      );
      expect(errors.length).toBeGreaterThan(0);
      expect(Math.max(...errors)).toBeLessThan(MOST_ERROR);
      await database.query("DROP TABLE one");
    }
  });
});
