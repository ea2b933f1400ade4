import { expect } from "vitest";
import {
  BLOCK_EMBEDDINGS,
  DOCUMENTS,
  EMBEDDING_TABLES,
  PAGE_EMBEDDINGS,
} from "../../app/embedding-tables.ts";
import { createDocument, updateDocument } from "../../app/services/content/documents.server.ts";
import { createPage, deletePage, updatePage } from "../../app/services/content/pages.server.ts";
import { forgetEmbeddingColumns } from "../../app/services/embedding-columns.server.ts";
import { indexPendingNow, listFailures } from "../../app/services/rag/rag-indexing.server.ts";
import { searchEmbeddings } from "../../app/services/rag/vector-search.server.ts";
import { test as base, storedTexts } from "../support/content.ts";
import { fillTable } from "../support/embedding-rows.ts";
import { goBack, runUntil } from "../support/engine.ts";

const paragraph = (word: string) => `${word} `.repeat(300 / (word.length + 1)).trim();
const text = (...words: string[]) => words.map(paragraph).join("\n\n");

const test = base.extend("app", async ({ pool, database, workspace, provider }) => ({
  /** Works off the queue, and says what search finds first for a word. */
  async find(word: string): Promise<string | undefined> {
    await indexPendingNow(pool, provider);
    expect(await listFailures(workspace, pool)).toEqual([]);
    forgetEmbeddingColumns(PAGE_EMBEDDINGS, pool);
    const [vector = []] = await provider.embed([word]);
    const { hits } = await searchEmbeddings(
      { table: PAGE_EMBEDDINGS, vector, limit: 1, workspaceId: workspace },
      pool,
    );
    return hits[0]?.text;
  },
  /** The original value of the row with a text: what the app wrote first, as single-precision numbers. */
  async original(column: "embedding" | "embedding_vector_backup", word: string): Promise<unknown> {
    const [row] = await database.query(
      `SELECT ${column}::text AS value FROM page_embeddings WHERE chunk_text LIKE $1`,
      [`%${word}%`],
    );
    return row?.value;
  },
}));

test("pages and documents are indexed alike before, during and after the swap, and after a rollback", async ({
  pool,
  database,
  workspace,
  provider,
  app,
}) => {
  for (const table of EMBEDDING_TABLES) await fillTable(database, table, 60);
  const id = await createPage(workspace, { title: "T", markdown: text("alpha", "beta") }, pool);
  const gone = await createPage(workspace, { title: "Gone", markdown: text("omega") }, pool);
  const document = await createDocument(workspace, { title: "D", content: "first" }, pool);
  const edit = (...words: string[]) =>
    updatePage(workspace, id, { title: "T", markdown: text(...words) }, undefined, pool);
  expect(await app.find("beta")).toContain("beta");
  const alpha = await app.original("embedding", "alpha");

  await runUntil(database, "convert");
  await edit("alpha", "converted");
  await updateDocument(workspace, document, { title: "D", content: "second" }, undefined, pool);
  expect(await app.find("converted")).toContain("converted");

  await runUntil(database, "verify");
  await edit("alpha", "verified");
  expect(await app.find("verified")).toContain("verified");
  for (const table of [PAGE_EMBEDDINGS, BLOCK_EMBEDDINGS, DOCUMENTS]) {
    const [row] = await database.query(
      `SELECT count(*)::int AS wrong FROM ${table.name}
       WHERE embedding IS NULL OR embedding_halfvec IS DISTINCT FROM embedding::halfvec(1536)`,
    );
    expect(row).toEqual({ wrong: 0 });
  }

  // The job is planned and embedded while the columns change places.
  await edit("alpha", "swapping");
  let swapped = false;
  provider.before = async () => {
    if (swapped) return;
    swapped = true;
    await runUntil(database, "swap");
  };
  expect(await app.find("swapping")).toContain("swapping");
  provider.before = () => {};
  expect(swapped).toBe(true);

  await edit("alpha", "swapped");
  await updateDocument(workspace, document, { title: "D", content: "third" }, undefined, pool);
  expect(await deletePage(workspace, gone, pool)).toBe(true);
  expect(await app.find("swapped")).toContain("swapped");
  // A chunk that never changed still has what was written first, and one that is new has no original.
  expect(await app.original("embedding_vector_backup", "alpha")).toBe(alpha);
  expect(await app.original("embedding_vector_backup", "swapped")).toBeNull();
  // It moves: the row is written, the embedding is not.
  await edit("in front", "alpha");
  expect(await app.find("front")).toContain("in front");
  expect(await app.original("embedding_vector_backup", "alpha")).toBe(alpha);

  await goBack(database, "baseline");
  expect(await app.original("embedding", "alpha")).toBe(alpha);
  await edit("in front", "alpha", "back");
  expect(await app.find("back")).toContain("back");
  expect(await app.original("embedding", "alpha")).toBe(alpha);
  expect((await storedTexts(database, "documents")).filter((content) => content === "third")).toHaveLength(1);
  const left = await database.query("SELECT FROM page_embeddings WHERE page_id = $1", [gone]);
  expect(left).toEqual([]);
});
