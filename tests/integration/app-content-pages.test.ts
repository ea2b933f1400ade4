import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { deleteBlock, updateBlock } from "../../app/services/content/blocks.server.ts";
import { listPages } from "../../app/services/content/page-lists.server.ts";
import { createPage, deletePage, readPage, updatePage } from "../../app/services/content/pages.server.ts";
import { indexPendingNow } from "../../app/services/rag/rag-indexing.server.ts";
import { pageLinks, storedTexts, test } from "../support/content.ts";

const LONG = "This paragraph is long enough to be found as a block of its own, because it says a few things. "
  .repeat(2)
  .trim();

test("a page is made with its blocks, and found when it is indexed", async ({
  pool,
  database,
  workspace,
  provider,
}) => {
  const markdown = `Intro.\n\n## Part\n\n${LONG}\n\n- item`;
  const id = await createPage(workspace, { title: "  The   title ", markdown }, pool);
  const page = await readPage(workspace, id, pool);
  expect(page).toMatchObject({ id, parentId: null, title: "The title", markdown, origin: null });
  expect(page?.blocks.map(({ type, text }) => [type, text])).toEqual([
    ["paragraph", "Intro."],
    ["heading", "Part"],
    ["paragraph", LONG],
    ["list_item", "item"],
  ]);
  expect(await storedTexts(database, "page_embeddings")).toEqual([]);
  expect(await indexPendingNow(pool, provider)).toBe(1);
  expect(await storedTexts(database, "page_embeddings")).toEqual([
    "The title\nIntro.",
    `Part\n${LONG}\nitem`,
  ]);
  expect(await storedTexts(database, "block_embeddings")).toEqual([LONG]);
  expect(await storedTexts(database, "documents")).toEqual([]);
  expect(await indexPendingNow(pool, provider)).toBe(0);
});

test("what is wrong is told by its field, and nothing is written", async ({ pool, workspace, elsewhere }) => {
  const foreign = await createPage(elsewhere, { title: "Foreign", markdown: "" }, pool);
  const id = await createPage(workspace, { title: "A", markdown: "" }, pool);
  const child = await createPage(workspace, { title: "B", markdown: "", parentId: id }, pool);
  const fields = { title: "A", markdown: "" };
  const wrong = [
    [{ ...fields, title: " \n " }, "title"],
    [{ ...fields, title: "x".repeat(301) }, "title"],
    [{ ...fields, markdown: "x".repeat(2_000_001) }, "markdown"],
    [{ ...fields, parentId: foreign }, "parentId"],
    [{ ...fields, parentId: randomUUID() }, "parentId"],
    [{ ...fields, parentId: "no uuid" }, "parentId"],
    [{ ...fields, parentId: child }, "parentId"],
    [{ ...fields, parentId: id }, "parentId"],
  ] as const;
  const before = await listPages(workspace, {}, pool);
  for (const [given, field] of wrong) {
    await expect(updatePage(workspace, id, given, undefined, pool)).rejects.toMatchObject({
      name: "ContentError",
      field,
    });
  }
  await expect(createPage(workspace, { ...fields, parentId: foreign }, pool)).rejects.toMatchObject({
    field: "parentId",
  });
  expect(await listPages(workspace, {}, pool)).toEqual(before);
});

test("blocks that stay the same keep their ids, and so does one whose text is edited", async ({
  pool,
  workspace,
}) => {
  const id = await createPage(workspace, { title: "T", markdown: "one\n\ntwo\n\nthree\n\n# four" }, pool);
  const before = await readPage(workspace, id, pool);
  const ids = before?.blocks.map((block) => block.id) ?? [];
  await updatePage(
    workspace,
    id,
    { title: "T", markdown: "# new\n\none\n\ntwo, edited\n\nthree\n\n- also new\n\n# four" },
    undefined,
    pool,
  );
  const after = (await readPage(workspace, id, pool))?.blocks ?? [];
  expect(after.map(({ text }) => text)).toEqual(["new", "one", "two, edited", "three", "also new", "four"]);
  expect([after[1], after[2], after[3], after[5]].map((block) => block?.id)).toEqual(ids);
  expect(new Set(after.map((block) => block.id)).size).toBe(6);
});

test("an edit that began before another one is refused with both texts", async ({ pool, workspace }) => {
  const id = await createPage(workspace, { title: "T", markdown: "first" }, pool);
  const opened = (await readPage(workspace, id, pool))?.updatedAt as Date;
  expect(await updatePage(workspace, id, { title: "T", markdown: "theirs" }, opened, pool)).toBe(true);
  await expect(
    updatePage(workspace, id, { title: "T", markdown: "mine" }, opened, pool),
  ).rejects.toMatchObject({
    name: "EditConflictError",
    current: {
      fields: [
        { label: "Title", text: "T" },
        { label: "Text", text: "theirs" },
      ],
    },
  });
  const now = await readPage(workspace, id, pool);
  expect(now?.markdown).toBe("theirs");
  expect(await updatePage(workspace, id, { title: "T", markdown: "mine" }, now?.updatedAt, pool)).toBe(true);
  // As often as one likes within one millisecond.
  let version = (await readPage(workspace, id, pool))?.updatedAt as Date;
  for (let edit = 0; edit < 5; edit++) {
    await updatePage(workspace, id, { title: "T", markdown: `edit ${edit}` }, version, pool);
    const next = (await readPage(workspace, id, pool))?.updatedAt as Date;
    expect(next.getTime()).toBeGreaterThan(version.getTime());
    version = next;
  }
});

test("[[titles]] become links, also to pages that come later, are renamed or go", async ({
  pool,
  database,
  workspace,
  elsewhere,
}) => {
  await createPage(elsewhere, { title: "Target", markdown: "" }, pool);
  const markdown = "To [[target]], [[ Later | a later one ]], [[Source]] and `[[Code]]`.";
  const source = await createPage(workspace, { title: "Source", markdown }, pool);
  await createPage(workspace, { title: "Code", markdown: "" }, pool);
  expect(await pageLinks(database)).toEqual([]);
  const target = await createPage(workspace, { title: "TARGET", markdown: "Back to [[source]]." }, pool);
  expect(await pageLinks(database)).toEqual(["Source > TARGET", "TARGET > Source"]);
  const later = await createPage(workspace, { title: "Other", markdown: "" }, pool);
  await updatePage(workspace, later, { title: "Later", markdown: "" }, undefined, pool);
  expect(await pageLinks(database)).toEqual(["Source > Later", "Source > TARGET", "TARGET > Source"]);
  expect((await readPage(workspace, source, pool))?.linked.titles).toEqual(
    new Map([
      ["target", target],
      ["later", later],
      ["source", source],
    ]),
  );
  await updatePage(workspace, source, { title: "Source", markdown: `${markdown} More.` }, undefined, pool);
  expect(await pageLinks(database)).toEqual(["Source > Later", "Source > TARGET", "TARGET > Source"]);
  await updatePage(workspace, target, { title: "Renamed", markdown: "" }, undefined, pool);
  expect(await pageLinks(database)).toEqual(["Source > Later"]);
  const second = await createPage(workspace, { title: "later", markdown: "" }, pool);
  await deletePage(workspace, later, pool);
  expect(await pageLinks(database)).toEqual(["Source > later"]);
  await deletePage(workspace, second, pool);
  expect(await pageLinks(database)).toEqual([]);
});

test("a page that goes takes all that belongs to it along, and its pages move up", async ({
  pool,
  database,
  workspace,
  provider,
}) => {
  const top = await createPage(workspace, { title: "Top", markdown: "" }, pool);
  const middle = await createPage(workspace, { title: "Middle", markdown: LONG, parentId: top }, pool);
  const below = await createPage(
    workspace,
    { title: "Below", markdown: `[[Middle]] ${LONG}`, parentId: middle },
    pool,
  );
  await indexPendingNow(pool, provider);
  await database.query(
    "INSERT INTO documents (workspace_id, title, metadata) VALUES ($1, 'Section', jsonb_build_object('pageId', $2::text))",
    [workspace, middle],
  );
  expect(await deletePage(workspace, middle, pool)).toBe(true);
  expect(await deletePage(workspace, middle, pool)).toBe(false);
  expect((await readPage(workspace, below, pool))?.parentId).toBe(top);
  const left = await database.query<{ rest: number }>(
    `SELECT (SELECT count(*) FROM blocks WHERE page_id = $1)
       + (SELECT count(*) FROM page_embeddings WHERE page_id = $1)
       + (SELECT count(*) FROM block_embeddings WHERE page_id = $1)
       + (SELECT count(*) FROM documents) + (SELECT count(*) FROM page_links) AS rest`,
    [middle],
  );
  expect(Number(left[0]?.rest)).toBe(0);
  expect(await storedTexts(database, "page_embeddings")).toHaveLength(1);
});

test("one block is edited or taken out in its page", async ({
  pool,
  database,
  workspace,
  elsewhere,
  provider,
}) => {
  const markdown = "# Part\n\nKeeps its **markup**.\n\nOld words.\n\n- item";
  const id = await createPage(workspace, { title: "T", markdown }, pool);
  const blocks = (await readPage(workspace, id, pool))?.blocks ?? [];
  const block = blocks[2]?.id as string;
  expect(await updateBlock(elsewhere, block, { text: "stolen" }, pool)).toBe(false);
  expect(await updateBlock(workspace, block, { text: "New *words*." }, pool)).toBe(true);
  const edited = await readPage(workspace, id, pool);
  expect(edited?.markdown).toBe("# Part\n\nKeeps its **markup**.\n\nNew \\*words\\*.\n\n- item");
  expect(edited?.blocks.map((each) => each.id)).toEqual(blocks.map((each) => each.id));
  await expect(updateBlock(workspace, block, { text: " " }, pool)).rejects.toMatchObject({ field: "text" });
  expect(await deleteBlock(workspace, blocks[3]?.id as string, pool)).toBe(true);
  expect(await deleteBlock(workspace, blocks[3]?.id as string, pool)).toBe(false);
  await indexPendingNow(pool, provider);
  expect(await storedTexts(database, "page_embeddings")).toEqual(["Part\nKeeps its markup.\nNew *words*."]);
});

test("a page without its Markdown is read and edited from its blocks", async ({
  pool,
  database,
  workspace,
}) => {
  const id = randomUUID();
  await database.query("INSERT INTO pages (id, workspace_id, title) VALUES ($1, $2, 'Old')", [id, workspace]);
  await database.query(
    `INSERT INTO blocks (page_id, type, content, position) VALUES
       ($1, 'heading', '{"text": "Part", "level": 2}', 0), ($1, 'paragraph', '{"text": "Some *words*."}', 1)`,
    [id],
  );
  const page = await readPage(workspace, id, pool);
  expect(page?.markdown).toBe("## Part\n\nSome \\*words\\*.");
  await updatePage(
    workspace,
    id,
    { title: "Old", markdown: `${page?.markdown}\n\nMore.` },
    page?.updatedAt,
    pool,
  );
  const after = await readPage(workspace, id, pool);
  expect(after?.blocks.slice(0, 2)).toEqual(page?.blocks);
  expect(after?.blocks[2]?.text).toBe("More.");
});

test("another workspace's page does not exist", async ({ pool, workspace, elsewhere }) => {
  const id = await createPage(workspace, { title: "Ours", markdown: "secret" }, pool);
  for (const foreign of [id, randomUUID(), "no uuid", ""]) {
    expect(await readPage(elsewhere, foreign, pool)).toBeNull();
    expect(await updatePage(elsewhere, foreign, { title: "x", markdown: "" }, undefined, pool)).toBe(false);
    expect(await deletePage(elsewhere, foreign, pool)).toBe(false);
  }
  expect(await listPages(elsewhere, {}, pool)).toEqual([]);
  expect((await readPage(workspace, id, pool))?.markdown).toBe("secret");
});

test("text that PostgreSQL cannot hold is kept as well as it can be", async ({ pool, workspace }) => {
  const id = await createPage(workspace, { title: "N\u0000L", markdown: "a\u0000b \ud800 c\r\nd" }, pool);
  expect(await readPage(workspace, id, pool)).toMatchObject({ title: "N L", markdown: "a b \ufffd c\nd" });
});
