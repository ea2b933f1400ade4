import { expect } from "vitest";
import { createPage, updatePage } from "../../app/services/content/pages.server.ts";
import { indexPendingNow, reindexWorkspace } from "../../app/services/rag/rag-indexing.server.ts";
import { paragraph, storedRows, storedTexts, test } from "../support/content.ts";
import { wordProvider } from "../support/word-provider.ts";

const TEXT = `${paragraph("one")}\n\n${paragraph("two")}\n\n${paragraph("three")}`;

test("only what changed is embedded again, and the rest stays bit for bit where it is", async ({
  pool,
  database,
  workspace,
  provider,
}) => {
  const id = await createPage(workspace, { title: "T", markdown: TEXT }, pool);
  await indexPendingNow(pool, provider);
  const [pages, blocks] = [
    await storedRows(database, "page_embeddings"),
    await storedRows(database, "block_embeddings"),
  ];
  const embedded = provider.embedded.length;
  await updatePage(workspace, id, { title: "T", markdown: TEXT.replace(/two/g, "six") }, undefined, pool);
  await indexPendingNow(pool, provider);
  expect(provider.embedded.slice(embedded)).toEqual([`T\n${paragraph("six")}`, paragraph("six")]);
  const after = await storedRows(database, "page_embeddings");
  expect(after.map(({ text }) => text)).toEqual([
    `T\n${paragraph("one")}`,
    `T\n${paragraph("six")}`,
    `T\n${paragraph("three")}`,
  ]);
  expect([after[0], after[2]]).toEqual([pages[0], pages[2]]);
  const unchanged = (await storedRows(database, "block_embeddings")).filter(
    ({ text }) => !text.startsWith("six"),
  );
  expect(unchanged).toEqual(blocks.filter(({ text }) => !text.startsWith("two")));
});

test("a chunk that moves keeps its embedding", async ({ pool, database, workspace, provider }) => {
  const id = await createPage(workspace, { title: "T", markdown: TEXT }, pool);
  await indexPendingNow(pool, provider);
  const before = await storedRows(database, "page_embeddings");
  const embedded = provider.embedded.length;
  await updatePage(
    workspace,
    id,
    { title: "T", markdown: `${paragraph("new")}\n\n${TEXT}` },
    undefined,
    pool,
  );
  await indexPendingNow(pool, provider);
  expect(provider.embedded.slice(embedded).sort()).toEqual(
    [`T\n${paragraph("new")}`, paragraph("new")].sort(),
  );
  const after = await storedRows(database, "page_embeddings");
  const kept = (rows: typeof after) => rows.map(({ id: row, text, embedding }) => ({ row, text, embedding }));
  expect(kept(after.slice(1))).toEqual(kept(before));
});

test("a text that comes twice is embedded once and stands twice", async ({
  pool,
  database,
  workspace,
  provider,
}) => {
  const markdown = [paragraph("same"), paragraph("other"), paragraph("same")].join("\n\n");
  const id = await createPage(workspace, { title: "T", markdown }, pool);
  await indexPendingNow(pool, provider);
  expect(provider.embedded).toHaveLength(4);
  expect(await storedTexts(database, "page_embeddings")).toHaveLength(3);
  await updatePage(workspace, id, { title: "T", markdown: paragraph("same") }, undefined, pool);
  await indexPendingNow(pool, provider);
  expect(provider.embedded).toHaveLength(4);
  expect(await storedTexts(database, "page_embeddings")).toEqual([`T\n${paragraph("same")}`]);
});

test("another model embeds everything again", async ({ pool, database, workspace, provider }) => {
  await createPage(workspace, { title: "T", markdown: TEXT }, pool);
  await indexPendingNow(pool, provider);
  await reindexWorkspace(workspace, pool);
  const other = wordProvider("other words");
  await indexPendingNow(pool, other);
  expect(other.embedded).toHaveLength(6);
  expect(await storedTexts(database, "page_embeddings")).toHaveLength(3);
});
