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

const [garden, kitchen, page, block, shed, row, document, section] = Array.from({ length: 8 }, () =>
  randomUUID(),
) as [string, string, string, string, string, string, string, string];

const PRUNING = "Prune an apple tree in late winter: cut out dead wood and crossing branches.";
const QUESTION = "q=How%20do%20I%20prune%20an%20apple%20tree%3F";

let database: SearchDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await openSearchDatabase();
  pool = database.pool;
});

afterAll(() => database.close());

function search(parameters: string, workspaceId = garden) {
  return searchEverything({ ...parseSearchParameters(new URLSearchParams(parameters)), workspaceId }, pool);
}

describe("searchEverything", () => {
  it("finds nothing, without an error, where nothing is stored", async () => {
    expect(await hasSearchableContent(garden, pool)).toBe(false);
    expect((await search("q=anything")).items).toEqual([]);
  });

  it("merges the tables by similarity, each entity once, and names what it found", async () => {
    await fill();
    expect(await hasSearchableContent(garden, pool)).toBe(true);
    const { items, tables } = await search(QUESTION);
    expect(items.map(({ type }) => type)).toEqual(["blocks", "pages", "rows"]);
    expect(items[0]).toMatchObject({ title: "Fruit trees", sourceId: block, workspaceId: garden });
    expect(items[1]).toMatchObject({ title: "Fruit trees", sourceId: page, chunkIndex: 2 });
    expect(items[2]).toMatchObject({ title: "Spade", sourceId: row });
    const similarities = items.map(({ similarity }) => similarity);
    expect(similarities).toEqual(similarities.toSorted((a, b) => b - a));
    expect(tables.map(({ table, columnType, hits }) => [table, columnType, hits])).toEqual([
      ["page_embeddings", "vector", 1],
      ["block_embeddings", "vector", 1],
      ["database_row_embeddings", "vector", 1],
      ["documents", "vector", 1],
    ]);
  });

  it("shows a passage once: the block, not the document of the same section", async () => {
    expect((await search(`${QUESTION}&types=documents`)).items.map(({ sourceId }) => sourceId)).toEqual([
      section,
    ]);
    expect((await search(QUESTION)).items.map(({ sourceId }) => sourceId)).not.toContain(section);
  });

  it("says what stands around a hit", async () => {
    const { items } = await search(QUESTION);
    expect(items.map(({ context }) => context)).toEqual([
      { before: "Fruit needs sun.", after: "Water it in July.", heading: "Pruning" },
      { before: "Pears ripen in the cellar.", after: "Cherries are for the birds.", heading: null },
      { before: null, after: null, heading: null },
    ]);
    const [first] = (await search("q=plants%20that%20bear%20fruit&types=pages")).items;
    expect(first).toMatchObject({
      chunkIndex: 0,
      context: { before: null, after: "Pears ripen in the cellar.", heading: null },
    });
  });

  it("keeps to the types, the limit and the similarity", async () => {
    const few = await search("q=tools&types=rows,documents&limit=1");
    expect(few.items.map(({ type }) => type)).toEqual(["rows"]);
    expect((await search("q=tools&min=0.99")).items).toEqual([]);
  });

  it("answers emoji, other scripts and a single sign", async () => {
    for (const q of ["🍎🌳✂️", "りんごの木", "?"]) {
      const { query, items } = await search(`${new URLSearchParams({ q })}`);
      expect({ query, found: items.length }).toEqual({ query: q, found: 3 });
    }
  });

  it("finds and names nothing of another workspace", async () => {
    expect((await search(QUESTION, kitchen)).items.map(({ sourceId }) => sourceId)).toEqual([document]);
    expect((await search(QUESTION, randomUUID())).items).toEqual([]);
    // An embedding that claims another workspace than its page, block and neighbours are in.
    const [claimed] = await copyChunkTo(kitchen);
    const { items } = await search(`${QUESTION}&types=pages,blocks`, kitchen);
    expect(items).toMatchObject([
      { type: "blocks", title: "", context: { before: null, after: null, heading: null } },
      { type: "pages", key: claimed, title: "", context: { before: null, after: null, heading: null } },
    ]);
  });
});

async function fill(): Promise<void> {
  await pool.query("INSERT INTO workspaces (id, name) VALUES ($1, 'Garden'), ($2, 'Kitchen')", [
    garden,
    kitchen,
  ]);
  await pool.query("INSERT INTO pages (id, workspace_id, title) VALUES ($1, $2, 'Fruit trees')", [
    page,
    garden,
  ]);
  await pool.query(
    `INSERT INTO blocks (id, page_id, type, content, position)
     SELECT CASE WHEN text = $2 THEN $3::uuid ELSE gen_random_uuid() END, $1, type, jsonb_build_object('text', text), n
     FROM unnest($4::text[], $5::text[]) WITH ORDINALITY AS b (type, text, n)`,
    [
      page,
      PRUNING,
      block,
      ["paragraph", "heading", "paragraph", "heading", "paragraph"],
      ["Fruit needs sun.", "Pruning", PRUNING, "Watering", "Water it in July."],
    ],
  );
  await pool.query("INSERT INTO databases (id, workspace_id, name) VALUES ($1, $2, 'Shed')", [shed, garden]);
  await pool.query(
    `INSERT INTO database_rows (id, database_id, properties) VALUES ($1, $2, '{"name": "Spade"}')`,
    [row, shed],
  );
  const options = { database: pool };
  const chunks = [
    "Notes about plants that bear fruit.",
    "Pears ripen in the cellar.",
    "An apple tree is cut back with a saw.",
    "Cherries are for the birds.",
  ];
  await storePageEmbeddings(
    [{ pageId: page, workspaceId: garden, chunks: chunks.map((text) => ({ text })) }],
    options,
  );
  await storeBlockEmbeddings(
    [{ blockId: block, pageId: page, workspaceId: garden, chunks: [{ text: PRUNING }] }],
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
      {
        documentId: section,
        workspaceId: garden,
        title: "Fruit trees › Pruning",
        content: `Pruning\n${PRUNING}`,
        metadata: { pageId: page, section: 1 },
      },
    ],
    options,
  );
}

/** Copies a chunk of the page and of its block, as if they were another workspace's. @returns their ids, the page's first. */
async function copyChunkTo(workspaceId: string): Promise<string[]> {
  const ids: string[] = [];
  for (const [table, source, columns] of [
    ["page_embeddings", "page_id = $2 AND chunk_index = 2", "page_id"],
    ["block_embeddings", "page_id = $2", "page_id, block_id"],
  ]) {
    const { rows } = await pool.query<{ id: string }>(
      `INSERT INTO ${table} (workspace_id, ${columns}, chunk_index, chunk_text, embedding)
       SELECT $1, ${columns}, chunk_index, chunk_text, embedding FROM ${table} WHERE ${source} RETURNING id`,
      [workspaceId, page],
    );
    ids.push(...rows.map(({ id }) => id));
  }
  return ids;
}
