import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, describe, expect } from "vitest";
import { test as base } from "../../tests/support/test.ts";
import { DOCUMENTS, PAGE_EMBEDDINGS } from "../embedding-tables.ts";
import { readEmbeddingColumns } from "./embedding-columns.server.ts";
import {
  generateEmbedding,
  generateEmbeddingsBatch,
  storeBlockEmbeddings,
  storeDatabaseRowEmbeddings,
  storeDocumentEmbeddings,
  storePageEmbeddings,
} from "./embedding-generation.server.ts";
import { localProvider } from "./embeddings/local-provider.ts";

const provider = localProvider({ threads: 1 });
afterAll(() => provider.close());

const test = base.extend("through", "init").extend("pool", async ({ database }, { onCleanup }) => {
  const pool = new pg.Pool({ connectionString: database.url, max: 3 });
  pool.on("error", () => {});
  onCleanup(() => pool.end());
  return pool;
});

const workspaceId = randomUUID();

/** An embedding that is known beforehand: `value` everywhere but in one place. */
function embedding(value: number, elsewhere: Record<number, number> = {}): number[] {
  return Array.from({ length: 1536 }, (_, index) => elsewhere[index] ?? value);
}

/** What the swap leaves, as far as writers see it. */
const TO_HALFVEC = (table: string, index: string) =>
  `DROP INDEX ${index}; ALTER TABLE ${table} ALTER COLUMN embedding TYPE halfvec(1536)`;
const PAGES_TO_HALFVEC = TO_HALFVEC("page_embeddings", PAGE_EMBEDDINGS.vectorIndex);

describe("generating", () => {
  base("gives the same vector for a text alone and in a batch, and equal texts the same one", async () => {
    const single = await generateEmbedding("a short text", { provider });
    const batch = await generateEmbeddingsBatch(["another", "a short text", "another"], { provider });
    expect(single).toHaveLength(1536);
    expect(batch).toHaveLength(3);
    expect(batch[2]).toBe(batch[0]);
    const cosine = single.reduce((sum, value, index) => sum + value * (batch[1]?.[index] as number), 0);
    expect(cosine).toBeCloseTo(1, 4);
  });
});

describe("storing", () => {
  test("embeds the chunks of a page and keeps their order, text and metadata", async ({ pool, database }) => {
    const pageId = randomUUID();
    const chunks = [
      { text: "The first part", metadata: { heading: "One" } },
      { text: "The\u0000second part" },
    ];
    expect(await storePageEmbeddings([{ pageId, workspaceId, chunks }], { database: pool, provider })).toBe(
      2,
    );
    const rows = await database.query(
      `SELECT page_id, workspace_id, chunk_index, chunk_text, metadata, vector_dims(embedding) AS dimensions,
         pg_typeof(embedding)::text AS type
       FROM page_embeddings ORDER BY chunk_index`,
    );
    const common = { page_id: pageId, workspace_id: workspaceId, dimensions: 1536, type: "vector" };
    expect(rows).toEqual([
      { ...common, chunk_index: 0, chunk_text: "The first part", metadata: { heading: "One" } },
      { ...common, chunk_index: 1, chunk_text: "The second part", metadata: {} },
    ]);
  });

  test("replaces all chunks of an entity, and only of that one", async ({ pool, database }) => {
    const [mine, other] = [randomUUID(), randomUUID()];
    const page = (pageId: string, values: number[]) => ({
      pageId,
      workspaceId,
      chunks: values.map((value) => ({ text: `about ${value}`, embedding: embedding(value) })),
    });
    await storePageEmbeddings([page(mine, [1, 2, 3]), page(other, [4])], { database: pool });
    await storePageEmbeddings([page(mine, [5])], { database: pool });
    const texts = "SELECT chunk_text FROM page_embeddings WHERE page_id = $1 ORDER BY chunk_index";
    expect(await database.query(texts, [mine])).toEqual([{ chunk_text: "about 5" }]);
    expect(await database.query(texts, [other])).toEqual([{ chunk_text: "about 4" }]);
    await storePageEmbeddings([{ pageId: mine, workspaceId, chunks: [] }], { database: pool });
    expect(await database.query(texts, [mine])).toEqual([]);
  });

  test("stores blocks, database rows and documents with what they belong to", async ({ pool, database }) => {
    const [blockId, pageId, rowId, databaseId, documentId] = Array.from({ length: 5 }, () => randomUUID());
    const options = { database: pool };
    const chunks = [{ text: "text", embedding: embedding(0.5) }];
    await storeBlockEmbeddings([{ blockId, pageId, workspaceId, chunks } as never], options);
    await storeDatabaseRowEmbeddings([{ rowId, databaseId, workspaceId, chunks } as never], options);
    const document = {
      documentId: documentId as string,
      workspaceId,
      title: "Title",
      embedding: embedding(0.5),
    };
    await storeDocumentEmbeddings([{ ...document, content: "before" }], options);
    await storeDocumentEmbeddings([{ ...document, content: "after", sourceUri: "notes/a.md" }], options);
    expect(await database.query("SELECT block_id, page_id, workspace_id FROM block_embeddings")).toEqual([
      { block_id: blockId, page_id: pageId, workspace_id: workspaceId },
    ]);
    expect(
      await database.query("SELECT row_id, database_id, workspace_id FROM database_row_embeddings"),
    ).toEqual([{ row_id: rowId, database_id: databaseId, workspace_id: workspaceId }]);
    expect(await database.query("SELECT id, title, content, source_uri FROM documents")).toEqual([
      { id: documentId, title: "Title", content: "after", source_uri: "notes/a.md" },
    ]);
  });

  test("writes many rows, more than go into one statement", async ({ pool, database }) => {
    const pages = Array.from({ length: 130 }, (_, index) => ({
      pageId: randomUUID(),
      workspaceId,
      chunks: [{ text: `${index}`, embedding: embedding(0.1, { 0: index + 1 }) }],
    }));
    expect(await storePageEmbeddings(pages, { database: pool })).toBe(130);
    const [row] = await database.query("SELECT count(DISTINCT embedding)::int AS count FROM page_embeddings");
    expect(row).toEqual({ count: 130 });
  });

  test("nothing to store is nothing", async ({ pool }) => {
    expect(await storePageEmbeddings([], { database: pool, provider })).toBe(0);
  });
});

describe("the type of the column", () => {
  test("rows are halfvec by themselves once the column is", async ({ pool, database }) => {
    await database.query(PAGES_TO_HALFVEC);
    const page = { pageId: randomUUID(), workspaceId, chunks: [{ text: "text", embedding: embedding(0.1) }] };
    await storePageEmbeddings([page], { database: pool });
    const rows = await database.query(
      `SELECT pg_typeof(embedding)::text AS type, (embedding::vector(1536)::real[])[1] AS value FROM page_embeddings`,
    );
    expect(rows).toEqual([{ type: "halfvec", value: 0.099975586 }]);
  });

  test("a swap between reading the catalog and writing costs nothing", async ({ pool, database }) => {
    const page = { pageId: randomUUID(), workspaceId, chunks: [{ text: "text", embedding: embedding(0.1) }] };
    expect((await readEmbeddingColumns(PAGE_EMBEDDINGS, pool)).live.type).toBe("vector");
    await database.query(PAGES_TO_HALFVEC);
    await storePageEmbeddings([page], { database: pool });
    expect(await database.query("SELECT count(*)::int AS count FROM page_embeddings")).toEqual([
      { count: 1 },
    ]);
  });

  test("and a roll-back lets larger values in again at once", async ({ pool, database }) => {
    await database.query(PAGES_TO_HALFVEC);
    expect((await readEmbeddingColumns(PAGE_EMBEDDINGS, pool)).live.type).toBe("halfvec");
    await database.query("ALTER TABLE page_embeddings ALTER COLUMN embedding TYPE vector(1536)");
    const chunks = [{ text: "text", embedding: embedding(0.1, { 3: 70_000 }) }];
    expect(
      await storePageEmbeddings([{ pageId: randomUUID(), workspaceId, chunks }], { database: pool }),
    ).toBe(1);
  });
});

describe("refused embeddings", () => {
  const good = { text: "good", embedding: embedding(0.1) };

  test.for([
    ["wrong_dimension", [1, 2, 3]],
    ["not_a_number", embedding(0.1, { 7: Number.NaN })],
    ["infinite", embedding(0.1, { 7: Number.POSITIVE_INFINITY })],
  ] as const)(
    "%s: named by table, page and chunk, and nothing is written",
    async ([problem, bad], { pool, database }) => {
      const before = { pageId: randomUUID(), workspaceId, chunks: [good] };
      await storePageEmbeddings([before], { database: pool });
      const pages = [
        { ...before, chunks: [good, good] },
        { pageId: randomUUID(), workspaceId, chunks: [good, { text: "bad", embedding: bad }] },
      ];
      const entity = { table: "page_embeddings", id: pages[1]?.pageId, chunkIndex: 1 };
      const attempt = storePageEmbeddings(pages, { database: pool });
      await expect(attempt).rejects.toMatchObject({ name: "EmbeddingValueError", problem, entity });
      const rows = await database.query("SELECT page_id, chunk_index FROM page_embeddings");
      expect(rows).toEqual([{ page_id: before.pageId, chunk_index: 0 }]);
    },
  );

  test("a value that only vector can hold, once the column is halfvec", async ({ pool, database }) => {
    const page = {
      pageId: randomUUID(),
      workspaceId,
      chunks: [{ text: "x", embedding: embedding(0.1, { 3: 70_000 }) }],
    };
    expect(await storePageEmbeddings([page], { database: pool })).toBe(1);
    await database.query("TRUNCATE page_embeddings");
    await database.query(PAGES_TO_HALFVEC);
    const attempt = storePageEmbeddings([page], { database: pool });
    await expect(attempt).rejects.toMatchObject({
      problem: "out_of_range",
      entity: { id: page.pageId, chunkIndex: 0 },
    });
    expect(await database.query("SELECT FROM page_embeddings")).toEqual([]);
  });

  test("a text without content, a document by its id", async ({ pool, database }) => {
    const document = { documentId: randomUUID(), workspaceId, title: "", content: " \n" };
    await expect(storeDocumentEmbeddings([document], { database: pool, provider })).rejects.toMatchObject({
      problem: "empty_text",
      entity: { table: DOCUMENTS.name, id: document.documentId, chunkIndex: null },
    });
    expect(await database.query("SELECT FROM documents")).toEqual([]);
  });
});

test("writers of the same page wait for each other", { tags: ["server"] }, async ({ pool, database }) => {
  const pageId = randomUUID();
  const write = (round: number) =>
    storePageEmbeddings(
      [
        {
          pageId,
          workspaceId,
          chunks: Array.from({ length: (round % 4) + 1 }, () => ({
            text: `${round}`,
            embedding: embedding(0.1),
          })),
        },
      ],
      { database: pool },
    );
  await Promise.all(Array.from({ length: 12 }, (_, round) => write(round)));
  const rows = await database.query<{ texts: string[]; chunks: number }>(
    "SELECT array_agg(DISTINCT chunk_text) AS texts, count(*)::int AS chunks FROM page_embeddings",
  );
  const round = Number(rows[0]?.texts[0]);
  expect(rows).toEqual([{ texts: [`${round}`], chunks: (round % 4) + 1 }]);
});
