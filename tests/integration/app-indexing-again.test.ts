import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { createDatabase, createRow, updateRow } from "../../app/services/content/databases.server.ts";
import { createDocument, updateDocument } from "../../app/services/content/documents.server.ts";
import { createPage, updatePage } from "../../app/services/content/pages.server.ts";
import { EmbeddingProviderError } from "../../app/services/embeddings/provider.ts";
import {
  indexPendingNow,
  reindexProgress,
  reindexWorkspace,
  retryFailed,
} from "../../app/services/rag/rag-indexing.server.ts";
import { jobStates, storedTexts, test } from "../support/content.ts";
import { wordProvider } from "../support/word-provider.ts";

test("a workspace is indexed again as a whole, with its progress", async ({
  pool,
  database,
  workspace,
  elsewhere,
  provider,
}) => {
  expect(await reindexProgress(workspace, pool)).toBeNull();
  // Written by somebody who knows of no queue, once with its text and once as an embedding only.
  const [page, alone] = [randomUUID(), randomUUID()];
  await database.query("INSERT INTO pages (id, workspace_id, title) VALUES ($1, $2, 'By hand')", [
    page,
    workspace,
  ]);
  await database.query(
    "INSERT INTO blocks (page_id, type, content) VALUES ($1, 'paragraph', '{\"text\": \"by hand\"}')",
    [page],
  );
  await database.query(
    "INSERT INTO page_embeddings (page_id, workspace_id, chunk_text) VALUES ($1, $2, 'old')",
    [alone, workspace],
  );
  const databaseId = await createDatabase(workspace, { name: "D" }, pool);
  const row = (await createRow(workspace, databaseId, { name: "row" }, pool)) as string;
  const document = await createDocument(workspace, { title: "D", content: "bad" }, pool);
  await createDocument(elsewhere, { title: "Not ours", content: "x" }, pool);

  const run = await reindexWorkspace(workspace, pool);
  expect(await reindexWorkspace(workspace, pool)).toBe(run);
  expect(await reindexProgress(workspace, pool)).toMatchObject({ total: 3, done: 0, failed: 0, waiting: 3 });
  expect(await jobStates(database)).toEqual({ created: 4 });
  provider.before = (texts) => {
    if (texts.some((text) => text.includes("bad")))
      throw new EmbeddingProviderError("test", "invalid_request", "no");
  };
  expect(await indexPendingNow(pool, provider)).toBe(4);
  expect(await reindexProgress(workspace, pool)).toMatchObject({ total: 3, done: 2, failed: 1, waiting: 0 });
  expect((await storedTexts(database, "page_embeddings")).sort()).toEqual(["By hand\nby hand", "old"]);
  expect(await reindexProgress(elsewhere, pool)).toBeNull();

  await retryFailed(workspace, pool);
  expect(await reindexProgress(workspace, pool)).toMatchObject({ total: 3, done: 2, failed: 0, waiting: 1 });
  await updateDocument(workspace, document, { title: "D", content: "good" }, undefined, pool);
  await updateRow(workspace, row, { name: "edited" }, undefined, pool);
  await indexPendingNow(pool, provider);
  expect(await reindexProgress(workspace, pool)).toMatchObject({ total: 3, done: 3, failed: 0, waiting: 0 });
  const again = await reindexWorkspace(workspace, pool);
  expect(again).not.toBe(run);
  const embedded = provider.embedded.length;
  await indexPendingNow(pool, provider);
  expect(provider.embedded).toHaveLength(embedded);
  expect(await reindexProgress(workspace, pool)).toMatchObject({ total: 3, done: 3, failed: 0, waiting: 0 });
});

test("what people write goes before what is only indexed again", async ({ pool, workspace, provider }) => {
  await createPage(workspace, { title: "A", markdown: "a" }, pool);
  const late = await createPage(workspace, { title: "B", markdown: "b" }, pool);
  await indexPendingNow(pool, wordProvider("other"));
  await reindexWorkspace(workspace, pool);
  await updatePage(workspace, late, { title: "B", markdown: "edited" }, undefined, pool);
  await indexPendingNow(pool, provider);
  expect(provider.embedded).toEqual(["B\nedited", "A\na"]);
});
