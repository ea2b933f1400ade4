import { randomUUID } from "node:crypto";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  storeBlockEmbeddings,
  storeDatabaseRowEmbeddings,
  storeDocumentEmbeddings,
  storePageEmbeddings,
} from "../../app/services/embedding-generation.server.ts";
import { hasSearchableContent, searchEverything } from "../../app/services/rag/search-everything.server.ts";
import { parseSearchParameters } from "../../app/services/rag/search-parameters.ts";
import { openSearchDatabase, type SearchDatabase } from "./search-database.ts";

const [garden, kitchen, page, block, shed, row, document] = [
  randomUUID(),
  randomUUID(),
  randomUUID(),
  randomUUID(),
  randomUUID(),
  randomUUID(),
  randomUUID(),
];

let database: SearchDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await openSearchDatabase();
  pool = database.pool;
});

afterAll(() => database.close());

function search(parameters: string) {
  return searchEverything(parseSearchParameters(new URLSearchParams(parameters)), pool);
}

describe("searchEverything", () => {
  it("finds nothing, without an error, where nothing is stored", async () => {
    expect(await hasSearchableContent(pool)).toBe(false);
    expect((await search("q=anything")).items).toEqual([]);
  });

  it("merges the tables by similarity and names what it found", async () => {
    await fill();
    expect(await hasSearchableContent(pool)).toBe(true);
    const { items, tables } = await search("q=How%20do%20I%20prune%20an%20apple%20tree%3F");
    expect(items.map(({ type }) => type).sort()).toEqual(["blocks", "documents", "pages", "rows"]);
    expect(items[0]).toMatchObject({
      type: "blocks",
      title: "Fruit trees",
      workspace: "Garden",
      sourceId: block,
    });
    expect(items.map(({ similarity }) => similarity)).toEqual(
      items.map(({ similarity }) => similarity).sort((a, b) => b - a),
    );
    expect(items.find(({ type }) => type === "rows")).toMatchObject({ title: "Spade", workspace: "Garden" });
    expect(items.find(({ type }) => type === "documents")).toMatchObject({ title: "Bread", workspace: null });
    expect(tables.map(({ table, columnType, hits }) => [table, columnType, hits])).toEqual([
      ["page_embeddings", "vector", 1],
      ["block_embeddings", "vector", 1],
      ["database_row_embeddings", "vector", 1],
      ["documents", "vector", 1],
    ]);
  });

  it("keeps to the types, the limit and the workspace", async () => {
    expect((await search("q=tools&types=rows,documents&limit=1")).items.map(({ type }) => type)).toEqual([
      "rows",
    ]);
    const elsewhere = await search(`q=tools&workspace=${kitchen}`);
    expect(elsewhere.items.map(({ sourceId }) => sourceId)).toEqual([document]);
  });
});

async function fill(): Promise<void> {
  await pool.query("INSERT INTO workspaces (id, name) VALUES ($1, 'Garden')", [garden]);
  await pool.query("INSERT INTO pages (id, workspace_id, title) VALUES ($1, $2, 'Fruit trees')", [
    page,
    garden,
  ]);
  await pool.query("INSERT INTO databases (id, workspace_id, name) VALUES ($1, $2, 'Shed')", [shed, garden]);
  await pool.query(
    `INSERT INTO database_rows (id, database_id, properties) VALUES ($1, $2, '{"name": "Spade"}')`,
    [row, shed],
  );
  const options = { database: pool };
  await storePageEmbeddings(
    [{ pageId: page, workspaceId: garden, chunks: [{ text: "Notes about plants that bear fruit." }] }],
    options,
  );
  const pruning = "Prune an apple tree in late winter: cut out dead wood and crossing branches.";
  await storeBlockEmbeddings(
    [{ blockId: block, pageId: page, workspaceId: garden, chunks: [{ text: pruning }] }],
    options,
  );
  await storeDatabaseRowEmbeddings(
    [{ rowId: row, databaseId: shed, workspaceId: garden, chunks: [{ text: "Spade: a tool for digging" }] }],
    options,
  );
  await storeDocumentEmbeddings(
    [
      {
        documentId: document,
        workspaceId: kitchen,
        title: "Bread",
        content: "Let the dough rest overnight.",
      },
    ],
    options,
  );
}
