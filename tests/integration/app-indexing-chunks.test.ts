import { expect } from "vitest";
import { createPage, updatePage } from "../../app/services/content/pages.server.ts";
import { EntityChangingError, indexEntity } from "../../app/services/indexing/index-entity.server.ts";
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

test("a long page that is interrupted while it is indexed stays as it was, and nobody who edits it waits", async ({
  pool,
  database,
  workspace,
  provider,
}) => {
  const page = (word: string) =>
    Array.from({ length: 150 }, (_, index) => paragraph(`${word}${index}`)).join("\n\n");
  const id = await createPage(workspace, { title: "Long", markdown: page("old") }, pool);
  await indexPendingNow(pool, provider);
  await updatePage(workspace, id, { title: "Long", markdown: page("new") }, undefined, pool);
  // A later row fails, as where the server goes away; and it sees whether the page is locked by then.
  await database.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF (SELECT count(*) FROM block_embeddings WHERE chunk_text LIKE 'new%') > 100 THEN
      RAISE 'no more, and % locks', (SELECT count(*) FROM pg_locks
        WHERE pid = pg_backend_pid() AND (locktype = 'advisory' OR relation = 'pages'::regclass AND mode <> 'AccessShareLock'));
    END IF;
    RETURN NULL; END $$`);
  await database.query("CREATE TRIGGER refuse AFTER INSERT ON block_embeddings EXECUTE FUNCTION refuse()");
  const entity = { type: "pages", workspaceId: workspace, id } as const;
  await expect(indexEntity(pool, provider, entity)).rejects.toThrow("no more, and 0 locks");
  const beginnings = async () =>
    await database.query(
      `SELECT left(chunk_text, 3) AS beginning, count(*)::int AS count FROM block_embeddings GROUP BY 1 ORDER BY 1`,
    );
  expect(await beginnings()).toEqual([{ beginning: "old", count: 150 }]);
  await database.query("DROP TRIGGER refuse ON block_embeddings");
  expect(await indexEntity(pool, provider, entity)).toEqual({
    inserted: 300,
    deleted: 300,
    moved: 0,
    kept: 0,
  });
  expect(await beginnings()).toEqual([{ beginning: "new", count: 150 }]);
});

test("a long page that changes whenever it is indexed is given back, and nothing of it is written", async ({
  pool,
  database,
  workspace,
  provider,
}) => {
  const markdown = Array.from({ length: 150 }, (_, index) => paragraph(`old${index}`)).join("\n\n");
  const id = await createPage(workspace, { title: "Long", markdown }, pool);
  // As an edit by somebody else would come, between the first row and the last.
  await database.query(`CREATE FUNCTION edit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE pages SET title = 'Longer' WHERE title = 'Long'; RETURN NULL; END $$`);
  await database.query("CREATE TRIGGER edit AFTER INSERT ON page_embeddings EXECUTE FUNCTION edit()");
  const entity = { type: "pages", workspaceId: workspace, id } as const;
  await expect(indexEntity(pool, provider, entity)).rejects.toThrow(EntityChangingError);
  expect(await storedTexts(database, "page_embeddings")).toHaveLength(0);
});
