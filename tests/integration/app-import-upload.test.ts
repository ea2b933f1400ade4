import { expect } from "vitest";
import { listPages } from "../../app/services/content/page-lists.server.ts";
import { createPage, readPage, updatePage } from "../../app/services/content/pages.server.ts";
import { importMarkdown } from "../../app/services/import/import-markdown.server.ts";
import { importUploadedFiles } from "../../app/services/import/import-uploaded-files.server.ts";
import { indexPendingNow } from "../../app/services/rag/rag-indexing.server.ts";
import { jobStates, pageLinks, storedRows, storedTexts, test } from "../support/content.ts";
import type { TestDatabase } from "../support/test.ts";

const FILES = [
  {
    path: "handbook/guide/backup.md",
    text: "# Backups\n\nKept for a year. Back to the [handbook](../README.md).",
  },
  {
    path: "handbook/README.md",
    text: "# Handbook\n\nStart with [backups](guide/backup.md) or the [[holidays]].",
  },
  { path: "handbook/guide/README.md", text: "Without a heading." },
  { path: "handbook/plain.txt", text: "Plain words." },
];

async function pageTree(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ page: string }>(
    `SELECT coalesce(q.title || ' > ', '') || p.title AS page
     FROM pages p LEFT JOIN pages q ON q.id = p.parent_id ORDER BY 1`,
  );
  return rows.map(({ page }) => page);
}

test("files become pages at once, and are found when they are indexed", async ({
  pool,
  database,
  workspace,
  provider,
}) => {
  const result = await importUploadedFiles(
    workspace,
    [...FILES, { path: "handbook/logo.png", text: "?" }],
    pool,
  );
  expect(result).toEqual({
    created: 4,
    updated: 0,
    unchanged: 0,
    problems: [{ path: "handbook/logo.png", message: expect.stringMatching(/not Markdown/) }],
  });
  expect(await pageTree(database)).toEqual([
    "Handbook",
    "Handbook > guide",
    "Handbook > plain",
    "guide > Backups",
  ]);
  expect(await pageLinks(database)).toEqual(["Backups > Handbook", "Handbook > Backups"]);
  expect(await jobStates(database)).toEqual({ created: 4 });
  await indexPendingNow(pool, provider);
  expect((await storedTexts(database, "page_embeddings")).sort()).toEqual([
    "Backups\nKept for a year. Back to the handbook.",
    "Handbook\nStart with backups or the holidays.",
    "guide\nWithout a heading.",
    "plain\nPlain words.",
  ]);
  // Sections of imported pages are documents too, as the import from the command line makes them.
  expect((await storedTexts(database, "documents")).sort()).toEqual(
    (await storedTexts(database, "page_embeddings")).sort(),
  );
  // The texts are the same, so each is embedded once.
  expect(provider.embedded).toHaveLength(4);
  await createPage(workspace, { title: "Holidays", markdown: "" }, pool);
  expect(await pageLinks(database)).toContain("Handbook > Holidays");
});

test("a second upload updates what changed and leaves alone what was edited here", async ({
  pool,
  database,
  workspace,
  provider,
}) => {
  await importUploadedFiles(workspace, FILES, pool);
  await indexPendingNow(pool, provider);
  const before = await listPages(workspace, {}, pool);
  expect(await importUploadedFiles(workspace, FILES, pool)).toMatchObject({
    created: 0,
    updated: 0,
    unchanged: 4,
  });
  expect(await listPages(workspace, {}, pool)).toEqual(before);
  const idOf = (title: string) => before.find((page) => page.title === title)?.id as string;
  await updatePage(workspace, idOf("plain"), { title: "plain", markdown: "Edited here." }, undefined, pool);
  const [backup] = (await readPage(workspace, idOf("Backups"), pool))?.blocks ?? [];
  const changed = FILES.map((file) =>
    file.path.endsWith("backup.md") ? { ...file, text: `${file.text}\n\nMore.` } : file,
  );
  expect(await importUploadedFiles(workspace, changed, pool)).toMatchObject({
    created: 0,
    updated: 1,
    unchanged: 3,
  });
  expect((await readPage(workspace, idOf("plain"), pool))?.markdown).toBe("Edited here.");
  const after = await readPage(workspace, idOf("Backups"), pool);
  expect(after?.blocks.map(({ text }) => text)).toContain("More.");
  expect(after?.blocks[0]?.id).toBe(backup?.id);
  await indexPendingNow(pool, provider);
  const documents = await storedTexts(database, "documents");
  expect(documents).toContain("plain\nEdited here.");
  expect(documents).toHaveLength(4);
  expect(await pageLinks(database)).toEqual(["Backups > Handbook", "Handbook > Backups"]);
});

test("links to files that come with a later upload are found then", async ({ pool, database, workspace }) => {
  const [backup, ...rest] = FILES;
  await importUploadedFiles(workspace, rest, pool);
  expect(await pageLinks(database)).toEqual([]);
  await importUploadedFiles(workspace, backup === undefined ? [] : [backup], pool);
  expect(await pageLinks(database)).toEqual(["Backups > Handbook", "Handbook > Backups"]);
});

test("links of an imported page survive an edit here", async ({ pool, database, workspace }) => {
  await importUploadedFiles(workspace, FILES, pool);
  const page = (await listPages(workspace, {}, pool)).find(({ title }) => title === "Handbook");
  const markdown = "Still to [backups](guide/backup.md#part), [the guide](guide/) and [nothing](no/file.md).";
  await updatePage(workspace, page?.id as string, { title: "Handbook", markdown }, undefined, pool);
  expect(await pageLinks(database)).toEqual(["Backups > Handbook", "Handbook > Backups", "Handbook > guide"]);
  const linked = (await readPage(workspace, page?.id as string, pool))?.linked.links;
  expect([...(linked?.keys() ?? [])]).toEqual(["guide/backup.md#part", "guide/"]);
});

test("the command line's import and an upload make the same pages", async ({
  pool,
  database,
  workspace,
  provider,
}) => {
  await database.query("UPDATE workspaces SET name = 'Named' WHERE id = $1", [workspace]);
  const files = FILES.map(({ path, text }) => ({ path, read: async () => ({ path, markdown: text }) }));
  const options = { workspace: "Named", database: pool, provider };
  expect(await importMarkdown(files, options)).toMatchObject({ workspaceId: workspace, pages: 4 });
  const [pages, documents] = [
    await storedRows(database, "page_embeddings"),
    await storedRows(database, "documents"),
  ];
  const embedded = provider.embedded.length;
  expect(await importUploadedFiles(workspace, FILES, pool)).toMatchObject({ unchanged: 4 });
  const page = (await listPages(workspace, {}, pool)).find(({ title }) => title === "plain");
  await updatePage(
    workspace,
    page?.id as string,
    { title: "plain", markdown: "Edited here." },
    undefined,
    pool,
  );
  await updatePage(
    workspace,
    page?.id as string,
    { title: "plain", markdown: "Plain words." },
    undefined,
    pool,
  );
  await indexPendingNow(pool, provider);
  expect(await importMarkdown(files, options)).toMatchObject({ pages: 0, unchanged: 4 });
  expect(provider.embedded).toHaveLength(embedded);
  expect(await storedRows(database, "page_embeddings")).toEqual(pages);
  expect(await storedRows(database, "documents")).toEqual(documents);
});

test("the command line's import leaves alone what was edited here, until the file changes", async ({
  pool,
  database,
  workspace,
  provider,
}) => {
  await database.query("UPDATE workspaces SET name = 'Named' WHERE id = $1", [workspace]);
  const run = (text: string) =>
    importMarkdown([{ path: "a.md", read: async () => ({ path: "a.md", markdown: text }) }], {
      workspace: "Named",
      database: pool,
      provider,
    });
  await run("# A\n\nfirst");
  const [page] = await listPages(workspace, {}, pool);
  await updatePage(workspace, page?.id as string, { title: "A", markdown: "mine" }, undefined, pool);
  await indexPendingNow(pool, provider);
  expect(await run("# A\n\nfirst")).toMatchObject({ pages: 0, unchanged: 1 });
  expect(await storedTexts(database, "page_embeddings")).toEqual(["A\nmine"]);
  expect(await run("# A\n\nsecond")).toMatchObject({ pages: 1, unchanged: 0 });
  expect(await storedTexts(database, "page_embeddings")).toEqual(["A\nsecond"]);
  expect(await storedTexts(database, "documents")).toEqual(["A\nsecond"]);
});

test("nothing is written where an upload has nothing that can be used", async ({
  pool,
  database,
  workspace,
}) => {
  const result = await importUploadedFiles(workspace, [{ path: "../out.md", text: "x" }], pool);
  expect(result).toMatchObject({ created: 0, problems: [{ path: "../out.md" }] });
  expect(await pageTree(database)).toEqual([]);
});
