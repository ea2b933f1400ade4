import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import pg from "pg";
import { afterAll, expect } from "vitest";
import { test as base, type TestDatabase } from "../../../tests/support/test.ts";
import { localProvider } from "../embeddings/local-provider.ts";
import { type ImportProgress, importMarkdownFolder } from "./import-markdown.server.ts";
import { importPackages } from "./import-packages.server.ts";

const provider = localProvider({ threads: 1 });
afterAll(() => provider.close());

const test = base
  .extend("through", "init")
  .extend("pool", async ({ database }, { onCleanup }) => {
    const pool = new pg.Pool({ connectionString: database.url, max: 1 });
    onCleanup(() => pool.end());
    return pool;
  })
  .extend("folder", async ({ task: _ }, { onCleanup }) => {
    const folder = await mkdtemp(join(tmpdir(), "import-"));
    onCleanup(() => rm(folder, { recursive: true }));
    return folder;
  });

async function write(folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

const LONG =
  "This paragraph says at some length what a backup is for, so that it is long enough to be found on its own. ".repeat(
    2,
  );

const FILES = {
  "README.md": "# Handbook\n\nStart with [backups](guide/backup.md), or [elsewhere](https://example.org).",
  "guide/README.md": "# Guide\n\nAll guides. See also [this](backup.md).",
  "guide/backup.md": `# Backups\n\n${LONG}\n\n## Restore\n\nBack to the [handbook](../README.md) or [itself](backup.md).`,
  "guide/deep/empty.md": "",
  "node_modules/x/README.md": "# Not mine",
  ".hidden/a.md": "# Nor this",
};

const TABLES = [
  "workspaces",
  "pages",
  "blocks",
  "page_links",
  "page_embeddings",
  "block_embeddings",
  "documents",
];

async function snapshot(database: TestDatabase): Promise<unknown[]> {
  const tables: unknown[] = [];
  for (const table of TABLES) tables.push(await database.query(`SELECT * FROM ${table} t ORDER BY t::text`));
  return tables;
}

test("a folder becomes pages with blocks, links, documents and embeddings", async ({
  folder,
  pool,
  database,
}) => {
  await write(folder, FILES);
  const seen: ImportProgress[] = [];
  const result = await importMarkdownFolder(folder, {
    workspace: "Handbook",
    database: pool,
    provider,
    onProgress: (progress) => seen.push(progress),
  });
  expect(result).toMatchObject({
    pages: 4,
    unchanged: 0,
    leftOut: 0,
    links: 3,
    pageEmbeddings: 4,
    blockEmbeddings: 1,
  });
  expect(seen.at(-1)).toMatchObject({ done: 4, total: 4 });
  expect(
    await database.query(
      `SELECT p.title, q.title AS parent, (SELECT count(*)::int FROM blocks b WHERE b.page_id = p.id) AS blocks,
         (SELECT count(embedding)::int FROM page_embeddings e WHERE e.page_id = p.id) AS embeddings
       FROM pages p LEFT JOIN pages q ON q.id = p.parent_id ORDER BY p.title`,
    ),
  ).toEqual([
    { title: "Backups", parent: "Guide", blocks: 4, embeddings: 2 },
    { title: "Guide", parent: null, blocks: 2, embeddings: 1 },
    { title: "Handbook", parent: null, blocks: 2, embeddings: 1 },
    { title: "deep", parent: "Guide", blocks: 0, embeddings: 0 },
    { title: "empty", parent: "deep", blocks: 0, embeddings: 0 },
  ]);
  expect(
    await database.query(
      `SELECT s.title AS source, t.title AS target FROM page_links l
       JOIN pages s ON s.id = l.source_page_id JOIN pages t ON t.id = l.target_page_id ORDER BY 1, 2`,
    ),
  ).toEqual([
    { source: "Backups", target: "Handbook" },
    { source: "Guide", target: "Backups" },
    { source: "Handbook", target: "Backups" },
  ]);
  expect(await database.query("SELECT title, source_uri FROM documents ORDER BY title")).toEqual([
    { title: "Backups", source_uri: "guide/backup.md" },
    { title: "Backups › Restore", source_uri: "guide/backup.md" },
    { title: "Guide", source_uri: "guide/README.md" },
    { title: "Handbook", source_uri: "README.md" },
  ]);
});

test("a second import of the same files changes nothing", async ({ folder, pool, database }) => {
  await write(folder, FILES);
  const options = { workspace: "Handbook", database: pool, provider };
  await importMarkdownFolder(folder, options);
  const before = await snapshot(database);
  const again = await importMarkdownFolder(folder, options);
  expect(again).toMatchObject({
    pages: 0,
    unchanged: 4,
    blocks: 0,
    links: 0,
    pageEmbeddings: 0,
    documents: 0,
  });
  expect(await snapshot(database)).toEqual(before);
});

test("a changed file replaces what came from it, and leaves the others alone", async ({
  folder,
  pool,
  database,
}) => {
  await write(folder, FILES);
  const options = { workspace: "Handbook", database: pool, provider };
  await importMarkdownFolder(folder, options);
  await write(folder, { "guide/backup.md": "# Copies\n\nShort now." });
  expect(await importMarkdownFolder(folder, options)).toMatchObject({ pages: 1, unchanged: 3 });
  expect(await database.query("SELECT chunk_text FROM page_embeddings ORDER BY 1")).toHaveLength(3);
  expect(await database.query("SELECT FROM block_embeddings")).toEqual([]);
  const titles = await database.query("SELECT title FROM documents ORDER BY title");
  expect(titles).toEqual([{ title: "Copies" }, { title: "Guide" }, { title: "Handbook" }]);
  expect(await database.query("SELECT FROM page_links")).toHaveLength(2);
});

test("text that PostgreSQL cannot hold, or that looks like it, stops no import", async ({
  folder,
  pool,
  database,
}) => {
  const heading = `x${"😀".repeat(300)}`;
  await write(folder, {
    "a.md": `# NUL\n\nIn JSON it is \`\\u0000\`, and here it is: \u0000.\n\n## ${heading}\n\nShort.`,
  });
  await importMarkdownFolder(folder, { workspace: "Odd", database: pool, provider });
  const rows = await database.query<{ chunk_text: string }>(
    "SELECT chunk_text FROM page_embeddings ORDER BY chunk_index",
  );
  expect(rows[0]?.chunk_text).toMatch(/In JSON it is \\u0000, and here it is/);
  expect(rows[1]?.chunk_text).toMatch(/^x(😀)+\nShort\.$/u);
});

test("an import that was stopped goes on where it was", async ({ folder, pool, database }) => {
  const files = Array.from({ length: 40 }, (_, index) => [
    `${String(index).padStart(2, "0")}.md`,
    `# Page ${index}\n\nFirst ${index}.\n\n## More\n\nSecond ${index}.\n\n## Still more\n\nThird ${index}.`,
  ]);
  await write(folder, Object.fromEntries(files));
  const controller = new AbortController();
  const options = { workspace: "Many", database: pool, provider };
  const stopped = importMarkdownFolder(folder, {
    ...options,
    signal: controller.signal,
    onProgress: () => controller.abort(new Error("stopped")),
  });
  await expect(stopped).rejects.toThrow("stopped");
  const result = await importMarkdownFolder(folder, options);
  expect(result.unchanged).toBeGreaterThan(0);
  expect(result.pages + result.unchanged).toBe(40);
  const [row] = await database.query(
    "SELECT count(*)::int AS rows, count(DISTINCT (page_id, chunk_index))::int AS chunks FROM page_embeddings",
  );
  expect(row).toEqual({ rows: 120, chunks: 120 });
});

test("a limit leaves out what does not fit, the same each time", async ({ folder, pool }) => {
  const files = Array.from({ length: 30 }, (_, index) => [
    `${index}.md`,
    `# Page ${index}\n\nText ${index}.`,
  ]);
  await write(folder, Object.fromEntries(files));
  const options = { workspace: "Few", limit: 10, database: pool, provider };
  expect(await importMarkdownFolder(folder, options)).toMatchObject({
    pages: 10,
    leftOut: 20,
    pageEmbeddings: 10,
  });
  expect(await importMarkdownFolder(folder, options)).toMatchObject({ pages: 0, unchanged: 10 });
});

test("packages become pages, and rows of a database with embeddings", async ({ folder, pool, database }) => {
  const manifest = (name: string, rest: object) =>
    JSON.stringify({ name, version: "1.0.0", license: "MIT", ...rest });
  await write(folder, {
    "package.json": JSON.stringify({ dependencies: { second: "1" } }),
    "docs/own.md": "# Own\n\nUses [the second](../../second/README.md).",
    "node_modules/first/package.json": manifest("first", {
      description: "Draws charts",
      keywords: "svg, chart",
    }),
    "node_modules/first/README.md": "# First\n\nCharts.",
    "node_modules/first/CHANGELOG.md": "# Changes\n\nMany.",
    "node_modules/second/package.json": manifest("second", { description: "Reads files", keywords: ["io"] }),
    "node_modules/second/README.md": "# Second\n\nFiles.",
    "node_modules/second-alias/package.json": manifest("second", { description: "Reads files, as it did" }),
    "node_modules/@scope/third/package.json": "{ not json",
    "node_modules/@scope/third/readme.md": "# Third\n\nScoped.",
  });
  const options = { workspace: "Packages", database: pool, provider };
  expect(await importPackages(folder, options)).toMatchObject({ databaseRows: 3, pages: 4, leftOut: 0 });
  expect(
    await database.query(
      `SELECT r.properties ->> 'name' AS name, r.properties -> 'keywords' AS keywords, e.chunk_text,
         e.embedding IS NOT NULL AS embedded, d.name AS database
       FROM database_rows r JOIN databases d ON d.id = r.database_id JOIN database_row_embeddings e ON e.row_id = r.id
       ORDER BY 1`,
    ),
  ).toEqual([
    {
      name: "first",
      keywords: ["svg", "chart"],
      chunk_text: "first: Draws charts\nKeywords: svg, chart\nLicense: MIT\nVersion: 1.0.0",
      embedded: true,
      database: "Packages",
    },
    {
      name: "second",
      keywords: ["io"],
      chunk_text: "second: Reads files\nKeywords: io\nLicense: MIT\nVersion: 1.0.0",
      embedded: true,
      database: "Packages",
    },
    {
      name: "second-alias",
      keywords: [],
      chunk_text: "second-alias: Reads files, as it did\nLicense: MIT\nVersion: 1.0.0",
      embedded: true,
      database: "Packages",
    },
  ]);
  const titles = await database.query<{ title: string }>(
    "SELECT title FROM pages WHERE content ? 'hash' ORDER BY title",
  );
  expect(titles.map(({ title }) => title)).toEqual(["First", "Own", "Second", "Third"]);
  expect(await importPackages(folder, options)).toMatchObject({ databaseRows: 0, pages: 0, unchanged: 4 });
});

test("a project may stand in a folder that is called like a package", async ({ folder, pool, database }) => {
  const name = basename(folder);
  await write(folder, {
    "README.md": "# Own\n\nOf the project.",
    [`node_modules/${name}/package.json`]: "{}",
    [`node_modules/${name}/README.md`]: "# Installed\n\nOf the package.",
  });
  await importPackages(folder, { workspace: "Packages", database: pool, provider });
  const pages = await database.query(
    "SELECT title, content ->> 'source' AS source FROM pages WHERE content ? 'hash' ORDER BY title",
  );
  expect(pages).toEqual([
    { title: "Installed", source: `${name}/README.md` },
    { title: "Own", source: `${name} (this project)/README.md` },
  ]);
});
