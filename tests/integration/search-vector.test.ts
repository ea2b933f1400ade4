import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DOCUMENTS, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { EVERY_WORKSPACE, type VectorSearch } from "../../app/services/rag/search-request.ts";
import {
  exactStatement,
  type SearchRequest,
  searchStatement,
} from "../../app/services/rag/similarity-sql/nearest-rows.ts";
import { searchEmbeddings } from "../../app/services/rag/vector-search.server.ts";
import { fillPageEmbeddings, ROWS, ROWS_PER_WORKSPACE, WORKSPACES, workspaceId } from "./search-data.ts";
import { openSearchDatabase, type SearchDatabase } from "./search-database.ts";

const table = PAGE_EMBEDDINGS;
const column = { name: "embedding", type: "vector" } as const;

let database: SearchDatabase;
let pool: pg.Pool;
let vectors: number[][];

beforeAll(async () => {
  database = await openSearchDatabase();
  pool = database.pool;
  vectors = await fillPageEmbeddings(pool);
});

afterAll(() => database.close());

function sample(row: number): number[] {
  const vector = vectors[row];
  if (vector === undefined) throw new Error(`there is no row ${row}`);
  return vector;
}

async function keysOf(statement: { text: string; values: unknown[] }): Promise<string[]> {
  return (await pool.query<{ id: string }>(statement.text, statement.values)).rows.map(({ id }) => id);
}

async function planOf(request: SearchRequest): Promise<string> {
  const { text, values } = searchStatement(table, column, request);
  const { rows } = await pool.query(`EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) ${text}`, values);
  return rows.map((row) => row["QUERY PLAN"]).join("\n");
}

/** Similarities in the order of the answer, from a plan that must use the vector index. */
async function similaritiesByIndex(request: SearchRequest): Promise<number[]> {
  const { text, values } = searchStatement(table, column, request);
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await client.query("SET LOCAL enable_seqscan = off");
    const { rows } = await client.query<{ similarity: number }>(text, values);
    await client.query("ROLLBACK");
    return rows.map(({ similarity }) => similarity);
  } finally {
    client.release();
  }
}

/** Pages that the scan of the vector index and what stands under it touched. */
async function pagesRead(request: SearchRequest): Promise<number> {
  const plan = await planOf(request);
  const scan = plan.slice(plan.indexOf("Index Scan using page_embeddings_embedding_idx"));
  const buffers = scan.match(/Buffers: shared (?:hit=(\d+))?(?: ?read=(\d+))?/);
  return Number(buffers?.[1] ?? 0) + Number(buffers?.[2] ?? 0);
}

describe("the search statement", () => {
  it("finds the true neighbours through the index", async () => {
    let found = 0;
    for (let row = 0; row < 20; row += 1) {
      const request = { vector: sample(row), limit: 10, efSearch: 100, iterativeScan: true };
      const truth = new Set(await keysOf(exactStatement(table, column, request)));
      const near = await keysOf(searchStatement(table, column, request));
      found += near.filter((key) => truth.has(key)).length;
    }
    expect(found).toBeGreaterThanOrEqual(180);
  });

  it.each([10, 50, 200])("is planned on the vector index for %i rows", async (limit) => {
    const plan = await planOf({ vector: sample(1), limit, efSearch: 400, iterativeScan: true });
    expect(plan).toContain("Index Scan using page_embeddings_embedding_idx");
    expect(plan).not.toContain("Seq Scan");
  });

  it("sets ef_search for its own scan and for nothing after it", async () => {
    const narrow = await pagesRead({ vector: sample(2), limit: 10, efSearch: 10 });
    const wide = await pagesRead({ vector: sample(2), limit: 10, efSearch: 400 });
    expect(narrow).toBeGreaterThan(0);
    expect(wide).toBeGreaterThan(narrow * 2);

    const client = await pool.connect();
    try {
      const before = await client.query("SHOW hnsw.ef_search");
      const { text, values } = searchStatement(table, column, {
        vector: sample(2),
        limit: 10,
        efSearch: 333,
        iterativeScan: true,
      });
      await client.query(text, values);
      expect((await client.query("SHOW hnsw.ef_search")).rows).toEqual(before.rows);
      expect((await client.query("SHOW hnsw.iterative_scan")).rows).toEqual([
        { "hnsw.iterative_scan": "off" },
      ]);
    } finally {
      client.release();
    }
  });

  it("scans on where a filter leaves too few, and still returns the nearest first", async () => {
    // One row in eight passes: of 20 candidates about three.
    const request = { vector: sample(3), limit: 20, efSearch: 20, metadata: { part: 3 } };
    expect(await similaritiesByIndex(request)).not.toHaveLength(20);
    expect(await similaritiesByIndex({ ...request, iterativeScan: true })).toHaveLength(20);

    for (let row = 0; row < 40; row += 1) {
      const similarities = await similaritiesByIndex({
        ...request,
        vector: sample(row),
        iterativeScan: true,
      });
      expect(similarities).toEqual([...similarities].sort((a, b) => b - a));
    }
  });
});

describe("searchEmbeddings", () => {
  it("finds the row itself first, with what is shown of it", async () => {
    const {
      hits,
      column: answered,
      exact,
    } = await searchEmbeddings({ table, vector: sample(7), limit: 5, workspaceId: EVERY_WORKSPACE }, pool);
    expect(hits).toHaveLength(5);
    expect(hits[0]).toMatchObject({
      similarity: expect.closeTo(1, 5),
      workspaceId: workspaceId(7),
      text: "chunk 7",
      title: null,
      metadata: { part: 7 },
    });
    expect(hits[0]?.pageId).toBe(hits[0]?.sourceId);
    expect(answered).toEqual({ name: "embedding", type: "vector", indexed: true });
    expect(exact).toBe(false);
  });

  it("compares directions, not lengths", async () => {
    const long = sample(8).map((value) => value * 1e6);
    const { hits } = await searchEmbeddings(
      { table, vector: long, limit: 1, workspaceId: EVERY_WORKSPACE },
      pool,
    );
    expect(hits[0]).toMatchObject({ text: "chunk 8", similarity: expect.closeTo(1, 5) });
  });

  it("fills the limit within workspaces of half a percent of the table", async () => {
    expect(ROWS_PER_WORKSPACE / ROWS).toBe(0.005);
    for (let workspace = 0; workspace < 20; workspace += 1) {
      const wanted = workspaceId(workspace);
      const search = {
        table,
        vector: sample(workspace + 100),
        limit: ROWS_PER_WORKSPACE,
        workspaceId: wanted,
      };
      const { hits } = await searchEmbeddings(search, pool);
      expect(hits.map((hit) => hit.workspaceId)).toEqual(new Array(ROWS_PER_WORKSPACE).fill(wanted));
    }
  });

  it("compares every row of the filter where the index finds too few", async () => {
    const search = {
      table,
      vector: sample(9),
      limit: 100,
      workspaceId: workspaceId(9),
      metadata: { part: 1 },
    };
    const { hits, exact } = await searchEmbeddings(search, pool);
    const truth = exactStatement(table, column, search);
    expect(exact).toBe(true);
    expect(hits.map((hit) => hit.key)).toEqual(await keysOf(truth));
    expect(hits.length).toBeGreaterThan(0);
  });

  it("leaves out what is less similar than asked for, without looking any further", async () => {
    const search: VectorSearch = {
      table,
      vector: sample(10),
      limit: 10,
      minSimilarity: 0.999,
      workspaceId: EVERY_WORKSPACE,
    };
    expect((await searchEmbeddings(search, pool)).hits.map((hit) => hit.text)).toEqual(["chunk 10"]);

    const opposite = sample(10).map((value) => -value);
    const none = await searchEmbeddings({ ...search, vector: opposite, metadata: {} }, pool);
    expect(none.hits).toEqual([]);
    expect(none.exact).toBe(false);
  });

  it("never returns a row without an embedding or with one of zeros", async () => {
    const { rows } = await pool.query<{ embedded: number; all: number }>(
      `SELECT count(*)::int AS all, count(embedding)::int AS embedded
       FROM page_embeddings WHERE workspace_id = $1`,
      [workspaceId(WORKSPACES)],
    );
    expect(rows).toEqual([{ all: 3, embedded: 2 }]);
    const search = { table, vector: sample(11), limit: 10, workspaceId: workspaceId(WORKSPACES) };
    const { hits } = await searchEmbeddings(search, pool);
    expect(hits.map((hit) => hit.text)).toEqual(["not zero"]);
  });

  it("answers an empty table with nothing", async () => {
    const { hits } = await searchEmbeddings(
      { table: DOCUMENTS, vector: sample(0), limit: 10, workspaceId: EVERY_WORKSPACE },
      pool,
    );
    expect(hits).toEqual([]);
  });

  it("names a table that is not there", async () => {
    const missing = { ...table, schema: "elsewhere" };
    await expect(
      searchEmbeddings({ table: missing, vector: sample(0), limit: 1, workspaceId: EVERY_WORKSPACE }, pool),
    ).rejects.toMatchObject({
      name: "EmbeddingTableMissingError",
      message: expect.stringContaining("elsewhere.page_embeddings"),
    });
  });
});
