import { randomUUID } from "node:crypto";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DOCUMENTS, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { type FoundEntities, searchEntities } from "../../app/services/rag/entity-search.server.ts";
import type { VectorSearch } from "../../app/services/rag/search-request.ts";
import { searchSourceOf } from "../../app/services/rag/search-sources.ts";
import { openSearchDatabase, type SearchDatabase } from "./search-database.ts";

const workspaceId = randomUUID();
const elsewhere = randomUUID();
const [long, second] = [randomUUID(), randomUUID()];
const others = Array.from({ length: 8 }, () => randomUUID());

let database: SearchDatabase;
let pool: pg.Pool;

/** A direction at an angle to the question, whose tangent is `away`, towards an axis of its own. */
function direction(away: number, axis: number): number[] {
  return new Array(1536).fill(0).with(0, 1).with(axis, away);
}

const pages = [searchSourceOf(PAGE_EMBEDDINGS)];
const question = { vector: direction(0, 1), workspaceId };

interface Chunk {
  page: string;
  index: number;
  vector: number[];
  workspace: string;
}

function chunk(page: string, index: number, vector: number[], workspace = workspaceId): Chunk {
  return { page, index, vector, workspace };
}

// Two long pages stand before all others: the first with 150 chunks, the second with 60.
const CHUNKS: readonly Chunk[] = [
  ...Array.from({ length: 150 }, (_, i) => chunk(long, i, direction(0.1 + i / 1e4, 2 + i))),
  ...Array.from({ length: 60 }, (_, i) => chunk(second, i, direction(0.2 + i / 1e4, 200 + i))),
  ...others.map((page, i) => chunk(page, 0, direction(0.9, 300 + i))),
  ...others.map((page, i) => chunk(page, 1, direction(0.5 + i / 100, 320 + i))),
  chunk(randomUUID(), 0, direction(0.01, 400), elsewhere),
];

beforeAll(async () => {
  database = await openSearchDatabase();
  pool = database.pool;
  await pool.query("DROP INDEX page_embeddings_embedding_idx");
  await pool.query(
    `INSERT INTO page_embeddings (page_id, chunk_index, embedding, workspace_id)
     SELECT page, chunk, vector::vector, workspace
     FROM unnest($1::uuid[], $2::int[], $3::text[], $4::uuid[]) AS chunks (page, chunk, vector, workspace)`,
    [
      CHUNKS.map(({ page }) => page),
      CHUNKS.map(({ index }) => index),
      CHUNKS.map(({ vector }) => JSON.stringify(vector)),
      CHUNKS.map(({ workspace }) => workspace),
    ],
  );
  await pool.query(
    "CREATE INDEX page_embeddings_embedding_idx ON page_embeddings USING hnsw (embedding vector_cosine_ops)",
  );
  await pool.query("ANALYZE page_embeddings");
});

afterAll(() => database.close());

const found = ({ nearest }: FoundEntities) =>
  nearest.map(({ sourceId, chunkIndex }) => [sourceId, chunkIndex]);

describe("searchEntities", () => {
  it("finds as many pages as are wanted, each by its best chunk, although one has the nearest 150", async () => {
    const answer = await searchEntities(pages, { ...question, limit: 6 }, pool);
    expect(found(answer)).toEqual([[long, 0], [second, 0], ...others.slice(0, 4).map((page) => [page, 1])]);
  });

  it("finds them all where there are fewer, and says that this is all", async () => {
    const answer = await searchEntities(pages, { ...question, limit: 50 }, pool);
    expect(found(answer)).toEqual([[long, 0], [second, 0], ...others.map((page) => [page, 1])]);
    expect(answer.tables[0]?.unseen).toBeNull();
  });

  it("looks no further once the similarity is below the one that is wanted", async () => {
    const { answer, statements } = await counted({ ...question, limit: 6, minSimilarity: 0.99 });
    expect(found(answer)).toEqual([[long, 0]]);
    expect(statements).toHaveLength(2);
  });

  it("looks no further once nothing unseen can be nearer", async () => {
    const { answer, statements } = await counted({ ...question, limit: 1 });
    expect(found(answer)).toEqual([[long, 0]]);
    expect(statements).toHaveLength(1);
    expect(answer.tables[0]?.unseen).toBeLessThan(answer.nearest[0]?.similarity ?? 0);
  });

  it("asks again only the table that may have more of the answer", async () => {
    const sources = [...pages, searchSourceOf(DOCUMENTS)];
    const { answer, statements } = await counted({ ...question, limit: 6 }, sources);
    expect(found(answer)).toEqual([[long, 0], [second, 0], ...others.slice(0, 4).map((page) => [page, 1])]);
    expect(statements.filter((table) => table === "page_embeddings").length).toBeGreaterThan(2);
    // Through the index, and as that finds none, one by one.
    expect(statements.filter((table) => table === "documents")).toHaveLength(2);
  });
});

/** The answer, and the table of each statement that it took. */
async function counted(search: Omit<VectorSearch, "table">, sources = pages) {
  const statements: string[] = [];
  const query = (text: string, values: unknown[]) => {
    const table = /^WITH nearest.*?FROM "public"\."(\w+)"/s.exec(text)?.[1];
    if (table !== undefined) statements.push(table);
    return pool.query(text, values);
  };
  const answer = await searchEntities(sources, search, { query: query as pg.Pool["query"] });
  return { answer, statements };
}
