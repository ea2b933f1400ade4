import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { listDatabases, readDatabase, updateRow } from "../../app/services/content/databases.server.ts";
import { listPages } from "../../app/services/content/page-lists.server.ts";
import { deletePage, readPage, updatePage } from "../../app/services/content/pages.server.ts";
import { EmbeddingProviderError } from "../../app/services/embeddings/provider.ts";
import { type ImportOptions, importMarkdown } from "../../app/services/import/import-markdown.server.ts";
import { importPackages } from "../../app/services/import/import-packages.server.ts";
import { indexingState, indexPendingNow, listFailures } from "../../app/services/rag/rag-indexing.server.ts";
import { test as base, storedTexts } from "../support/content.ts";

const test = base.extend("options", ({ pool, provider }): ImportOptions & { workspace: string } => ({
  workspace: "Handbook",
  database: pool,
  provider,
}));

const filesOf = (texts: Record<string, string>) =>
  Object.entries(texts).map(([path, markdown]) => ({ path, read: async () => ({ path, markdown }) }));

test("a page that is edited while its folder is imported stays as it was edited, and is named", async ({
  pool,
  provider,
  options,
  database,
}) => {
  const { workspaceId } = await importMarkdown(
    filesOf({ "a.md": "# A\n\nold", "b.md": "# B\n\nold" }),
    options,
  );
  const [a, b] = await listPages(workspaceId, {}, pool);
  // Texts are embedded before the pages are written: that is when people go on working.
  provider.before = async () => {
    provider.before = () => {};
    await updatePage(workspaceId, a?.id as string, { title: "A", markdown: "# A\n\nmine" }, undefined, pool);
  };
  const result = await importMarkdown(
    filesOf({ "a.md": "# A\n\n[new](b.md)", "b.md": "# B\n\nnew" }),
    options,
  );
  expect(result).toMatchObject({ pages: 1, unchanged: 0, editedMeanwhile: ["a.md"], links: 0 });
  expect((await readPage(workspaceId, a?.id as string, pool))?.markdown).toBe("# A\n\nmine");
  expect((await readPage(workspaceId, b?.id as string, pool))?.markdown).toBe("# B\n\nnew");
  await indexPendingNow(pool, provider);
  expect((await storedTexts(database, "page_embeddings")).sort()).toEqual(["A\nmine", "B\nnew"]);
});

test("a page that is deleted while its folder is imported stays away", async ({
  pool,
  provider,
  options,
}) => {
  const { workspaceId } = await importMarkdown(filesOf({ "a.md": "# A\n\nold" }), options);
  const [a] = await listPages(workspaceId, {}, pool);
  provider.before = async () => void (await deletePage(workspaceId, a?.id as string, pool));
  const result = await importMarkdown(filesOf({ "a.md": "# A\n\nnew" }), options);
  expect(result).toMatchObject({ pages: 0, blocks: 0, editedMeanwhile: ["a.md"] });
  expect(await listPages(workspaceId, {}, pool)).toEqual([]);
});

test("a page that could not be indexed is not said to be so after an import has embedded it", async ({
  pool,
  provider,
  options,
}) => {
  const { workspaceId } = await importMarkdown(filesOf({ "a.md": "# A\n\nold" }), options);
  const [a] = await listPages(workspaceId, {}, pool);
  const id = a?.id as string;
  await updatePage(workspaceId, id, { title: "A", markdown: "# A\n\nmine" }, undefined, pool);
  provider.before = () => {
    throw new EmbeddingProviderError("test", "invalid_request", "the text is not taken");
  };
  await indexPendingNow(pool, provider);
  expect(await indexingState(workspaceId, "pages", id, pool)).toBe("failed");
  provider.before = () => {};
  await importMarkdown(filesOf({ "a.md": "# A\n\nnew" }), options);
  expect(await indexingState(workspaceId, "pages", id, pool)).toBe("indexed");
  expect(await listFailures(workspaceId, pool)).toEqual([]);
});

/** A project with packages of these descriptions. */
async function writeProject(folder: string, descriptions: Record<string, string>): Promise<void> {
  for (const [name, description] of Object.entries(descriptions)) {
    const path = join(folder, "node_modules", name, "package.json");
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, JSON.stringify({ name, description, version: "1.0.0", license: "MIT" }));
  }
}

test("a row of a package that somebody edited is not written over, before or while it is imported", async ({
  pool,
  provider,
  options,
}) => {
  const folder = await mkdtemp(join(tmpdir(), "packages-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeProject(folder, { first: "old", second: "old", third: "old" });
  const { workspaceId } = await importPackages(folder, options);
  const [database] = await listDatabases(workspaceId, pool);
  const rowsNow = async () => {
    const rows = (await readDatabase(workspaceId, database?.id as string, {}, pool))?.rows ?? [];
    return new Map(rows.map((row) => [row.properties.name as string, row]));
  };
  const edit = async (name: string) => {
    const row = (await rowsNow()).get(name);
    await updateRow(workspaceId, row?.id as string, { name, description: "mine" }, undefined, pool);
  };
  await edit("first");
  await writeProject(folder, { first: "new", second: "new", third: "new" });
  provider.before = async () => {
    provider.before = () => {};
    await edit("second");
  };
  expect(await importPackages(folder, options)).toMatchObject({ databaseRows: 1 });
  const described = async () =>
    Object.fromEntries([...(await rowsNow())].map(([name, row]) => [name, row.properties.description]));
  expect(await described()).toEqual({ first: "mine", second: "mine", third: "new" });
  await writeProject(folder, { third: "newer" });
  expect(await importPackages(folder, options)).toMatchObject({ databaseRows: 1 });
  expect(await described()).toEqual({ first: "mine", second: "mine", third: "newer" });
});
