import { expect } from "vitest";
import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { comparedColumns } from "../../app/services/halfvec/verify/compared-columns.ts";
import { sampleQueries } from "../../app/services/halfvec/verify/sample.ts";
import { filled } from "../support/migration-states.ts";
import { type TestDatabase, testOn } from "../support/test.ts";

const test = testOn(filled(30));
const ORIGINAL = comparedColumns(PAGE_EMBEDDINGS, "baseline").original;
const COLUMNS = { original: ORIGINAL, halfvec: ORIGINAL };

/** Cosine similarity of each query to the row whose key it has. */
async function similarities(database: TestDatabase, count: number): Promise<number[]> {
  const found: number[] = [];
  for (const { key, vector } of await sampleQueries(database.client, PAGE_EMBEDDINGS, COLUMNS, count)) {
    const [row] = await database.query<{ similarity: number }>(
      "SELECT 1 - (embedding <=> $1::vector) AS similarity FROM page_embeddings WHERE id = $2",
      [JSON.stringify(vector), JSON.parse(key).id],
    );
    found.push(row?.similarity ?? Number.NaN);
  }
  return found;
}

test("queries lie between rows, nearer to the one whose key they have", async ({ database }) => {
  // As long as they like: it is the direction that is between.
  await database.query(
    `UPDATE page_embeddings SET embedding = (SELECT array_agg(value * 1e-6)::vector
       FROM unnest(embedding::real[]) AS value)
     WHERE id = (SELECT min(id::text)::uuid FROM page_embeddings)`,
  );
  const found = await similarities(database, 100);
  expect(found).toHaveLength(30);
  // However long the rows are: two of no relation give 0.88, and the nearest of all are still two.
  expect(Math.min(...found)).toBeGreaterThan(0.8);
  expect(Math.max(...found)).toBeLessThan(0.9999);
});

test("a row that is alone is itself the query, and rows of zeros are none", async ({ database }) => {
  await database.query(
    `UPDATE page_embeddings SET embedding = array_fill(0, ARRAY[1536])::vector
     WHERE id <> (SELECT min(id::text)::uuid FROM page_embeddings)`,
  );
  const found = await similarities(database, 5);
  expect(found).toHaveLength(1);
  expect(found[0]).toBeCloseTo(1, 6);
});
