import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { createDocument } from "../../app/services/content/documents.server.ts";
import { createPage, deletePage, readPage, updatePage } from "../../app/services/content/pages.server.ts";
import { EmbeddingProviderError } from "../../app/services/embeddings/provider.ts";
import { indexEntity } from "../../app/services/indexing/index-entity.server.ts";
import {
  indexEntityLater,
  indexingCounts,
  indexingState,
  indexPendingNow,
  listFailures,
  retryFailed,
} from "../../app/services/rag/rag-indexing.server.ts";
import { jobStates, paragraph, storedRows, storedTexts, test } from "../support/content.ts";

const TEXT = `${paragraph("one")}\n\n${paragraph("two")}\n\n${paragraph("three")}`;
const unavailable = () => {
  throw new EmbeddingProviderError("test", "unavailable", "it is away");
};

test("a write is not there without its job, nor a job without its write", async ({
  pool,
  database,
  workspace,
}) => {
  await createPage(workspace, { title: "T", markdown: "" }, pool);
  await expect(
    createPage(workspace, { title: "U", markdown: "", parentId: randomUUID() }, pool),
  ).rejects.toThrow();
  expect(await jobStates(database)).toEqual({ created: 1 });
  await database.query("ALTER TABLE pgboss.job RENAME TO job_away");
  await expect(createPage(workspace, { title: "V", markdown: "" }, pool)).rejects.toThrow();
  await database.query("ALTER TABLE pgboss.job_away RENAME TO job");
  expect(await database.query("SELECT title FROM pages")).toEqual([{ title: "T" }]);
});

test("many edits before the worker comes are one job", async ({ pool, database, workspace, provider }) => {
  const id = await createPage(workspace, { title: "T", markdown: "first" }, pool);
  for (const text of ["second", "third"]) {
    await updatePage(workspace, id, { title: "T", markdown: text }, undefined, pool);
  }
  await indexEntityLater(workspace, "pages", id, pool);
  expect(await jobStates(database)).toEqual({ created: 1 });
  expect(await indexingState(workspace, "pages", id, pool)).toBe("waiting");
  expect(await indexPendingNow(pool, provider)).toBe(1);
  expect(provider.embedded).toEqual(["T\nthird"]);
  expect(await indexingState(workspace, "pages", id, pool)).toBe("indexed");
});

test("an edit while its page is indexed is indexed afterwards", async ({
  pool,
  database,
  workspace,
  provider,
}) => {
  const id = await createPage(workspace, { title: "T", markdown: "first" }, pool);
  provider.before = async (texts) => {
    if (!texts.includes("T\nfirst")) return;
    await updatePage(workspace, id, { title: "T", markdown: "second" }, undefined, pool);
    expect(await jobStates(database)).toEqual({ active: 1, created: 1 });
  };
  expect(await indexPendingNow(pool, provider)).toBe(2);
  expect(provider.embedded).toEqual(["T\nfirst", "T\nsecond"]);
  expect(await storedTexts(database, "page_embeddings")).toEqual(["T\nsecond"]);
  expect(await jobStates(database)).toEqual({ completed: 2 });
});

test("a page that is deleted while it is indexed leaves nothing", async ({
  pool,
  database,
  workspace,
  provider,
}) => {
  const id = await createPage(workspace, { title: "T", markdown: TEXT }, pool);
  provider.before = async () => {
    await deletePage(workspace, id, pool);
  };
  expect(await indexPendingNow(pool, provider)).toBe(1);
  expect(await storedRows(database, "page_embeddings")).toEqual([]);
  expect(await storedRows(database, "block_embeddings")).toEqual([]);
  expect(await jobStates(database)).toEqual({ completed: 1 });
});

test("an entity that changes all the time is given back", async ({ pool, workspace, provider }) => {
  const id = await createPage(workspace, { title: "T", markdown: "0" }, pool);
  let edits = 0;
  provider.before = async () => {
    await updatePage(workspace, id, { title: "T", markdown: `edit ${++edits}` }, undefined, pool);
  };
  await expect(
    indexEntity(pool, provider, { type: "pages", workspaceId: workspace, id }),
  ).rejects.toMatchObject({
    name: "EntityChangingError",
  });
});

test("whoever is stopped half-way leaves the rows as they were", async ({
  pool,
  database,
  workspace,
  provider,
}) => {
  const id = await createPage(workspace, { title: "T", markdown: TEXT }, pool);
  await indexPendingNow(pool, provider);
  const before = await storedRows(database, "page_embeddings");
  await updatePage(workspace, id, { title: "T", markdown: TEXT.replace(/two/g, "six") }, undefined, pool);
  const name = { type: "pages", workspaceId: workspace, id } as const;
  const stop = new AbortController();
  provider.before = () => stop.abort(new Error("stopped"));
  await expect(indexEntity(pool, provider, name, stop.signal)).rejects.toThrow("stopped");
  expect(await storedRows(database, "page_embeddings")).toEqual(before);
  // In the middle of the writing: deleted rows, moved rows, and then a row that the table does not take.
  await database.query(
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$",
  );
  await database.query(
    "CREATE TRIGGER refuse BEFORE INSERT ON block_embeddings FOR EACH ROW EXECUTE FUNCTION refuse()",
  );
  provider.before = () => {};
  await expect(indexEntity(pool, provider, name)).rejects.toThrow("refused");
  expect(await storedRows(database, "page_embeddings")).toEqual(before);
  await database.query("DROP TRIGGER refuse ON block_embeddings");
  await indexPendingNow(pool, provider);
  expect((await storedTexts(database, "page_embeddings"))[1]).toBe(`T\n${paragraph("six")}`);
});

test("a provider that is away is asked again later, and an edit makes that at once", async ({
  pool,
  database,
  workspace,
  provider,
}) => {
  const id = await createPage(workspace, { title: "T", markdown: "first" }, pool);
  provider.before = unavailable;
  expect(await indexPendingNow(pool, provider)).toBe(1);
  expect(await jobStates(database)).toEqual({ retry: 1 });
  expect(await indexingState(workspace, "pages", id, pool)).toBe("waiting");
  provider.before = () => {};
  expect(await indexPendingNow(pool, provider)).toBe(0);
  await updatePage(workspace, id, { title: "T", markdown: "second" }, undefined, pool);
  expect(await jobStates(database)).toEqual({ retry: 1 });
  expect(await indexPendingNow(pool, provider)).toBe(1);
  expect(await storedTexts(database, "page_embeddings")).toEqual(["T\nsecond"]);
});

test("a job that fails while another of its entity waits leaves it to that one", async ({
  pool,
  database,
  workspace,
  provider,
}) => {
  const id = await createPage(workspace, { title: "T", markdown: "first" }, pool);
  let calls = 0;
  provider.before = async () => {
    calls += 1;
    if (calls > 1) return;
    await updatePage(workspace, id, { title: "T", markdown: "second" }, undefined, pool);
    unavailable();
  };
  expect(await indexPendingNow(pool, provider)).toBe(2);
  expect(await jobStates(database)).toEqual({ completed: 2 });
  expect(await storedTexts(database, "page_embeddings")).toEqual(["T\nsecond"]);
  expect(await listFailures(workspace, pool)).toEqual([]);
});

test("what cannot succeed is given up at once, with its reason, until somebody tries again", async ({
  pool,
  database,
  workspace,
  elsewhere,
  provider,
}) => {
  const good = await createPage(workspace, { title: "Good", markdown: "good" }, pool);
  const page = await createPage(workspace, { title: "Bad", markdown: "bad" }, pool);
  const document = await createDocument(workspace, { title: "Worse", content: "bad" }, pool);
  provider.before = (texts) => {
    if (texts.some((text) => text.includes("bad"))) {
      throw new EmbeddingProviderError("test", "invalid_request", "it refused the text");
    }
  };
  expect(await indexPendingNow(pool, provider)).toBe(3);
  expect(await jobStates(database)).toEqual({ completed: 1, failed: 2 });
  expect(await indexingState(workspace, "pages", page, pool)).toBe("failed");
  expect(await indexingState(elsewhere, "pages", page, pool)).toBe("indexed");
  expect(await indexingState(workspace, "pages", good, pool)).toBe("indexed");
  const failures = await listFailures(workspace, pool);
  expect(failures.map(({ type, id, title, reason }) => ({ type, id, title, reason }))).toEqual([
    { type: "documents", id: document, title: "Worse", reason: "test: it refused the text" },
    { type: "pages", id: page, title: "Bad", reason: "test: it refused the text" },
  ]);
  expect(await listFailures(elsewhere, pool)).toEqual([]);
  expect(await indexingCounts(workspace, pool)).toEqual({ waiting: 0, active: 0, failed: 2 });
  expect(await retryFailed(elsewhere, pool)).toBe(0);
  provider.before = () => {};
  expect(await retryFailed(workspace, pool)).toBe(2);
  expect(await indexingCounts(workspace, pool)).toEqual({ waiting: 2, active: 0, failed: 0 });
  expect(await retryFailed(workspace, pool)).toBe(0);
  expect(await indexPendingNow(pool, provider)).toBe(2);
  expect(await indexingState(workspace, "pages", page, pool)).toBe("indexed");
});

test("a failure is forgotten when a later edit succeeds, or the page is gone", async ({
  pool,
  database,
  workspace,
  provider,
}) => {
  const id = await createPage(workspace, { title: "T", markdown: "bad" }, pool);
  const other = await createPage(workspace, { title: "U", markdown: "bad" }, pool);
  provider.before = (texts) => {
    if (texts.some((text) => text.includes("bad")))
      throw new EmbeddingProviderError("test", "authentication", "no");
  };
  await indexPendingNow(pool, provider);
  expect(await listFailures(workspace, pool)).toHaveLength(2);
  await updatePage(workspace, id, { title: "T", markdown: "good" }, undefined, pool);
  expect(await indexingState(workspace, "pages", id, pool)).toBe("waiting");
  await indexPendingNow(pool, provider);
  await deletePage(workspace, other, pool);
  expect(await listFailures(workspace, pool)).toEqual([]);
  expect(
    await database.query("SELECT data ->> 'id' AS id FROM pgboss.job WHERE name = 'indexing-failed'"),
  ).toEqual([{ id: other }]);
});

test("a block is as far as its page", async ({ pool, workspace, elsewhere, provider }) => {
  const id = await createPage(workspace, { title: "T", markdown: TEXT }, pool);
  const block = (await readPage(workspace, id, pool))?.blocks[0]?.id as string;
  expect(await indexingState(workspace, "blocks", block, pool)).toBe("waiting");
  expect(await indexingState(elsewhere, "blocks", block, pool)).toBe("indexed");
  await indexPendingNow(pool, provider);
  expect(await indexingState(workspace, "blocks", block, pool)).toBe("indexed");
  await indexEntityLater(workspace, "blocks", block, pool);
  expect(await indexingState(workspace, "pages", id, pool)).toBe("waiting");
});
