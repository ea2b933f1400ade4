import { afterAll, beforeAll, expect, test } from "vitest";
import { EMBEDDING_TABLES } from "../../app/embedding-tables.ts";
import { writeHandbook } from "../e2e/handbook.ts";
import { ask, openApp, type TestApp } from "../support/app.ts";
import { goBack, runUntil } from "../support/engine.ts";

/** What the migration promises: the app answers with the same things, and rounding moves a similarity by less. */
const MOST_DIFFERENCE = 0.01;
const SLOW = 300_000;

const QUESTIONS = [
  "how do I restore a database from a copy",
  "who is paged at night",
  "what does a hotel in Zurich cost",
] as const;

const COUNTRIES = [
  { name: "Switzerland", office: "Zurich", desks: 12 },
  { name: "Portugal", office: "Lisbon", desks: 30 },
];

/** Something that was found, and how near it was. */
interface Found {
  readonly id: string;
  readonly nearness: number;
}

/** Answers of the app by what was asked, each with what it found from the nearest down. */
type Answers = Readonly<Record<string, readonly Found[]>>;

let app: TestApp;
let key: string;
let workspaceId: string;
let home: string;

beforeAll(async () => {
  app = await openApp();
  const { importMarkdownFolder } = await import("../../app/services/import/import-markdown.server.ts");
  const { createDatabase } = await import("../../app/services/content/databases.server.ts");
  const { createRow } = await import("../../app/services/content/database-rows.server.ts");
  const { createDocument } = await import("../../app/services/content/documents.server.ts");
  const { listPages } = await import("../../app/services/content/page-lists.server.ts");
  const { indexPendingNow } = await import("../../app/services/rag/rag-indexing.server.ts");
  const { folder, remove } = await writeHandbook();
  ({ workspaceId } = await importMarkdownFolder(folder, { workspace: "Handbook" }));
  await remove();
  const offices = await createDatabase(workspaceId, { name: "Offices" });
  for (const country of COUNTRIES) await createRow(workspaceId, offices, country);
  await createDocument(workspaceId, {
    title: "Minutes of March",
    content:
      "The team agreed to rehearse the restore of a database every quarter and to rotate the phone weekly.",
  });
  await indexPendingNow();
  home = (await listPages(workspaceId)).find(({ title }) => title === "Handbook")?.id ?? "";
  key = await app.addApiKey(workspaceId);
}, SLOW);

afterAll(() => app.close());

/** Every point at which the app uses an embedding, asked the same. */
async function answers(): Promise<Answers> {
  return { ...(await searched()), ...(await chatted()), ...(await walked()), ...(await indexed()) };
}

async function searched(): Promise<Answers> {
  const found: Record<string, Found[]> = {};
  for (const question of QUESTIONS) {
    for (const types of ["", "pages", "blocks", "rows", "documents"]) {
      found[`search ${types}: ${question}`] = (await search(question, types)).items.map(
        ({ type, sourceId, similarity }) => ({ id: `${type} ${sourceId}`, nearness: similarity }),
      );
    }
  }
  return found;
}

interface SearchBody {
  items: { type: string; sourceId: string; similarity: number; text: string }[];
  tables: { columnType: string }[];
}

async function search(query: string, types = ""): Promise<SearchBody> {
  const { loader } = await import("../../app/routes/api.search.ts");
  const answer = await ask(loader, `/api/search?${new URLSearchParams({ q: query, types, limit: "5" })}`, {
    key,
  });
  expect(answer.status, answer.text).toBe(200);
  return answer.body as SearchBody;
}

async function chatted(): Promise<Answers> {
  const { action } = await import("../../app/routes/api.chat.ts");
  const found: Record<string, Found[]> = {};
  for (const question of QUESTIONS) {
    const answer = await ask(action, "/api/chat", {
      key,
      json: { question, page: home },
      headers: { Accept: "application/json" },
    });
    expect(answer.status, answer.text).toBe(200);
    const {
      sources,
      cited,
      answer: text,
    } = answer.body as {
      answer: string;
      cited: number[];
      sources: { n: number; type: string; id: string; similarity: number }[];
    };
    found[`chat context: ${question}`] = sources.map(({ type, id, similarity }) => ({
      id: `${type} ${id}`,
      nearness: similarity,
    }));
    found[`chat citations: ${question}`] = cited.map((n) => {
      const source = sources[n - 1];
      return { id: `${source?.type} ${source?.id}`, nearness: source?.similarity ?? Number.NaN };
    });
    // The words are quoted, so they are the same too.
    found[`chat answer: ${text}`] = [];
  }
  return found;
}

async function walked(): Promise<Answers> {
  const { loader } = await import("../../app/routes/api.graph.ts");
  const answer = await ask(loader, `/api/graph?page=${home}&depth=3`, { key });
  expect(answer.status, answer.text).toBe(200);
  const { nodes } = answer.body as { nodes: { id: string; score: number }[] };
  return { graph: nodes.map(({ id, score }) => ({ id, nearness: score })) };
}

/** A page is written, found, edited, found by its new text and no longer by the old one, and deleted. */
async function indexed(): Promise<Answers> {
  const { createPage, updatePage, deletePage } = await import("../../app/services/content/pages.server.ts");
  const { indexPendingNow } = await import("../../app/services/rag/rag-indexing.server.ts");
  const old = "Bicycles are repaired in the cellar on Thursday afternoons, and spokes are in the red box.";
  const edited = "The coffee machine is descaled every second Monday by whoever drank the last espresso.";
  const found: Record<string, Found[]> = {};
  const id = await createPage(workspaceId, { title: "House", markdown: old });
  for (const [text, question] of [
    [old, "where are bicycles repaired"],
    [edited, "who cleans the coffee machine"],
  ] as const) {
    await updatePage(workspaceId, id, { title: "House", markdown: text });
    await indexPendingNow();
    const [first] = (await search(question, "pages")).items;
    expect(first).toMatchObject({ sourceId: id, text: expect.stringContaining(text) });
    found[`indexed: ${question}`] = [{ id: "the new page", nearness: first?.similarity ?? Number.NaN }];
  }
  const [gone] = (await search("where are bicycles repaired", "pages")).items;
  expect(gone?.text).not.toContain("Bicycles");
  await deletePage(workspaceId, id);
  expect(
    (await search("who cleans the coffee machine", "pages")).items.map(({ sourceId }) => sourceId),
  ).not.toContain(id);
  return found;
}

/** The same things in the same places, each as near as it was but for rounding. */
function expectSame(now: Answers, before: Answers): void {
  const things = (answers: Answers) =>
    Object.fromEntries(
      Object.entries(answers).map(([asked, found]) => [asked, found.slice(0, 5).map(({ id }) => id)]),
    );
  expect(things(now)).toEqual(things(before));
  const differences = Object.entries(before).flatMap(([asked, found]) =>
    found
      .slice(0, 5)
      .map(({ nearness }, place) => Math.abs(nearness - (now[asked]?.[place]?.nearness ?? Number.NaN))),
  );
  expect(differences.filter((difference) => !(difference <= MOST_DIFFERENCE))).toEqual([]);
}

/** The types of the columns that answer, once the app has read them anew. */
async function columnTypes(): Promise<string[]> {
  const { forgetEmbeddingColumns } = await import("../../app/services/embedding-columns.server.ts");
  const { pool } = await import("../../app/db.server.ts");
  for (const table of EMBEDDING_TABLES) forgetEmbeddingColumns(table, pool);
  return [...new Set((await search("anything")).tables.map(({ columnType }) => columnType))];
}

test("search, chat, citations, graph and indexing give the same answers before, during and after the migration, and after a rollback", {
  timeout: SLOW,
}, async () => {
  const before = await answers();
  expect(Object.keys(before)).toHaveLength(QUESTIONS.length * 8 + 3);
  expect(Object.values(before).filter((found) => found.length > 0).length).toBeGreaterThan(
    QUESTIONS.length * 7,
  );
  expect(await columnTypes()).toEqual(["vector"]);

  await runUntil(app, "verify");
  expect(await columnTypes()).toEqual(["halfvec"]);
  expectSame(await answers(), before);

  // First with what the app knows of the columns from before, then with what it reads anew.
  await runUntil(app, "swap");
  expectSame(await answers(), before);
  expect(await columnTypes()).toEqual(["halfvec"]);
  expectSame(await answers(), before);

  await goBack(app, "baseline");
  expectSame(await answers(), before);
  expect(await columnTypes()).toEqual(["vector"]);
});
