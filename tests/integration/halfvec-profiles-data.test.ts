import type pg from "pg";
import { describe, expect } from "vitest";
import { type EmbeddingTable, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { EVERY_WORKSPACE } from "../../app/services/rag/search-request.ts";
import { searchEmbeddings } from "../../app/services/rag/vector-search.server.ts";
import { refusalOf } from "../support/engine.ts";
import { filled, moved } from "../support/migration-states.ts";
import { takeProfile } from "../support/profiles.ts";
import { type TestDatabase, testOn } from "../support/test.ts";

const testSwapped = testOn(moved(filled(300), "swap"));
const SLOW = 120_000;
/** Of 15 queries over 300 rows, one that misses two hits would be enough to refuse an index. */
const SURELY = { dropOther: true, targetRecall: 0.95 };

/** The ids and similarities of the ten nearest to the vector of a row, nearest first. */
async function search(database: TestDatabase, id: string) {
  const [row] = await database.query<{ vector: string }>(
    "SELECT embedding::text AS vector FROM page_embeddings WHERE id = $1",
    [id],
  );
  const sent: string[] = [];
  const query = (text: string, values: unknown[]) => {
    sent.push(text);
    return database.client.query(text, values);
  };
  const { hits } = await searchEmbeddings(
    {
      table: PAGE_EMBEDDINGS,
      vector: JSON.parse(row?.vector ?? ""),
      limit: 10,
      workspaceId: EVERY_WORKSPACE,
    },
    { query: query as pg.Pool["query"] },
  );
  return { hits, bySigns: sent.some((text) => text.includes("<~>")) };
}

/** Adds rows whose value is an expression over one row of the table. @returns their ids */
async function addRows(database: TestDatabase, rows: number, value: string): Promise<string[]> {
  const added = await database.query<{ id: string }>(
    `INSERT INTO page_embeddings (page_id, workspace_id, embedding)
     SELECT page_id, workspace_id, (${value})::halfvec
     FROM (SELECT page_id, workspace_id, embedding::vector AS e FROM page_embeddings ORDER BY id LIMIT 1) AS one,
       generate_series(1, $1::int) AS n
     RETURNING id`,
    [rows],
  );
  return added.map(({ id }) => id);
}

async function firstRow(database: TestDatabase): Promise<string> {
  const [row] = await database.query<{ id: string }>("SELECT id FROM page_embeddings ORDER BY id LIMIT 1");
  return row?.id ?? "";
}

describe("the compact index over rows that signs alone do not tell apart", () => {
  testSwapped("orders rows of equal signs by their whole values", { timeout: SLOW }, async ({ database }) => {
    const first = await firstRow(database);
    // The same signs, every third number further and further away.
    const scale =
      "array(SELECT CASE WHEN i % 3 = 0 THEN 1 + n / 4.0 ELSE 1 END::real FROM generate_series(1, 1536) AS i)";
    const added = await addRows(database, 20, `e * ${scale}::vector`);
    const exact = await search(database, first);
    expect(exact.bySigns).toBe(false);
    await takeProfile(database, "compact", SURELY);
    const compact = await search(database, first);
    expect(compact.bySigns).toBe(true);
    expect(compact.hits.map(({ key }) => key)).toEqual(exact.hits.map(({ key }) => key));
    expect(compact.hits.filter(({ key }) => added.includes(key)).length).toBeGreaterThan(5);
  });

  testSwapped(
    "returns equal rows in any order, with equal similarities",
    { timeout: SLOW },
    async ({ database }) => {
      const first = await firstRow(database);
      const twins = [first, ...(await addRows(database, 9, "e"))];
      await takeProfile(database, "compact", SURELY);
      const { hits, bySigns } = await search(database, first);
      expect(bySigns).toBe(true);
      expect(hits.map(({ key }) => key).sort()).toEqual(twins.sort());
      expect(new Set(hits.map(({ similarity }) => similarity)).size).toBe(1);
    },
  );

  testSwapped(
    "never returns rows of zeros, and finds the others beside them",
    { timeout: SLOW },
    async ({ database }) => {
      const first = await firstRow(database);
      const exact = await search(database, first);
      await addRows(database, 50, "e - e");
      await takeProfile(database, "compact", SURELY);
      const { hits, bySigns } = await search(database, first);
      expect(bySigns).toBe(true);
      expect(hits.map(({ key }) => key)).toEqual(exact.hits.map(({ key }) => key));
    },
  );
});

const SMALL: EmbeddingTable = {
  ...PAGE_EMBEDDINGS,
  name: "small_embeddings",
  dimensions: 8,
  halfvecIndex: "small_embeddings_halfvec_hnsw_idx",
};

async function createSmall(database: TestDatabase): Promise<void> {
  await database.query(
    `CREATE TABLE small_embeddings (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), embedding halfvec(8));
     SELECT setseed(0.5);
     INSERT INTO small_embeddings (embedding)
     SELECT array(SELECT random() - 0.5 + 0 * n FROM generate_series(1, 8))::real[]::vector::halfvec(8)
     FROM generate_series(1, 2000) AS n;
     CREATE INDEX ${SMALL.halfvecIndex} ON small_embeddings USING hnsw (embedding halfvec_cosine_ops);
     ANALYZE small_embeddings`,
  );
}

testOn("init")(
  "an index that the planner does not take is not chosen",
  { tags: ["server"] },
  async ({ database }) => {
    await createSmall(database);
    await database.query(
      "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET enable_indexscan = off', current_database()); END $$",
    );
    expect(await refusalOf(takeProfile(database, "halfvec", { tables: [SMALL] }))).toBe(
      "the halfvec index of small_embeddings is not searched: the search statement scans all 2000 rows instead of using small_embeddings_halfvec_hnsw_idx. Searches go on as before.",
    );
  },
);

testOn("init")(
  "few dimensions: the compact profile is refused, and search stays as it is",
  async ({ database }) => {
    await createSmall(database);
    const refusal = await refusalOf(takeProfile(database, "compact", { tables: [SMALL] }));
    expect(refusal).toMatch(
      /compact index of small_embeddings finds recall@10 .* The signs of these vectors do not tell them apart well enough. It was dropped again/,
    );
    const indexes = await database.query<{ name: string }>(
      "SELECT indexname AS name FROM pg_indexes WHERE tablename = 'small_embeddings' AND indexdef LIKE '%hnsw%'",
    );
    expect(indexes).toEqual([{ name: SMALL.halfvecIndex }]);
  },
);
