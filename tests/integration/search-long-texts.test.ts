import { randomUUID } from "node:crypto";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../../app/db.server.ts";
import {
  storeDocumentEmbeddings,
  storePageEmbeddings,
} from "../../app/services/embedding-generation.server.ts";
import { readBestWindows } from "../../app/services/rag/best-windows/best-windows.server.ts";
import { searchEverything } from "../../app/services/rag/search-everything.server.ts";
import { SEARCH_TYPES } from "../../app/services/rag/search-types.ts";
import { openSearchDatabase, type SearchDatabase } from "./search-database.ts";

const [workspaceId, elsewhere, manual, page] = Array.from({ length: 4 }, () => randomUUID()) as [
  string,
  string,
  string,
  string,
];

const ANSWER = "The orchids in the greenhouse are watered on Thursday, with rain water alone.";
const QUERY = "When are the orchids in the greenhouse watered?";

/** About 2 MB in paragraphs, in which a greenhouse comes up often and its orchids once, near the end. */
const FILLER = Array.from(
  { length: 20_000 },
  (_, at) => `Paragraph ${at}: the greenhouse is heated in winter, and its door is closed at night über all.`,
);
const CONTENT = FILLER.toSpliced(19_000, 0, ANSWER).join("\n\n");

let database: SearchDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await openSearchDatabase();
  pool = database.pool;
  await pool.query("INSERT INTO workspaces (id, name) VALUES ($1, 'Garden'), ($2, 'Kitchen')", [
    workspaceId,
    elsewhere,
  ]);
  await pool.query("INSERT INTO pages (id, workspace_id, title) VALUES ($1, $2, $3)", [
    page,
    workspaceId,
    "P".repeat(100_000),
  ]);
  const embeddedText = "A manual of the greenhouse";
  await storeDocumentEmbeddings(
    [{ documentId: manual, workspaceId, title: "T".repeat(1_000), content: CONTENT, embeddedText }],
    { database: pool },
  );
  const chunks = ["ferns ".repeat(50_000), "A page about the greenhouse", "after ".repeat(50_000)];
  await storePageEmbeddings(
    [{ pageId: page, workspaceId, chunks: [{ text: "A page about the greenhouse" }] }],
    {
      database: pool,
    },
  );
  // Longer than the app makes them: plain SQL may.
  await pool.query("UPDATE page_embeddings SET chunk_index = 1");
  await pool.query(
    `INSERT INTO page_embeddings (page_id, workspace_id, chunk_index, chunk_text)
     VALUES ($1, $2, 0, $3), ($1, $2, 2, $4)`,
    [page, workspaceId, chunks[0], chunks[2]],
  );
});

afterAll(() => database.close());

/** The database, with the size of the largest answer that came out of it, in bytes of JSON. */
function weighed(): { db: Database; largest: () => number } {
  let largest = 0;
  const query = async (text: string, values: unknown[]) => {
    const answer = await pool.query(text, values);
    largest = Math.max(largest, Buffer.byteLength(JSON.stringify(answer.rows)));
    return answer;
  };
  return { db: { query: query as pg.Pool["query"] }, largest: () => largest };
}

describe("a search that finds a text of 2 MB", () => {
  test("shows the place that answers, and says that there is more", async () => {
    expect(CONTENT.length).toBeGreaterThan(1_800_000);
    const { db, largest } = weighed();
    const asked = { query: QUERY, types: SEARCH_TYPES, limit: 10, workspaceId };
    const { items } = await searchEverything(asked, db);
    const document = items.find(({ type }) => type === "documents");
    expect(document).toMatchObject({ sourceId: manual, truncated: true, url: `/app/documents/${manual}` });
    expect(document?.text).toContain(ANSWER);
    expect(CONTENT).toContain(document?.text);
    expect(document?.text.length).toBeLessThanOrEqual(1_750);
    expect(document?.title).toBe("T".repeat(300));
    const found = items.find(({ type }) => type === "pages");
    expect(found).toMatchObject({ truncated: false, title: "P".repeat(300), url: `/app/pages/${page}` });
    expect([found?.context.before?.length, found?.context.after?.length]).toEqual([1_200, 1_200]);
    expect(found?.context.before).toMatch(/ferns $/);
    expect(found?.context.after).toMatch(/^after /);
    expect(largest()).toBeLessThan(20_000);
  });

  test("shows the beginning where no word of the query is in it", async () => {
    const asked = { query: "Gewächshaus", types: ["documents"], limit: 1, workspaceId } as const;
    const [item] = (await searchEverything(asked, pool)).items;
    expect(item).toMatchObject({ truncated: true, text: CONTENT.slice(0, 4_000) });
  });
});

describe("the best windows of a text", () => {
  const windowsOf = async (content: string, query: string, most = 3) => {
    const id = randomUUID();
    await pool.query("INSERT INTO documents (id, workspace_id, title, content) VALUES ($1, $2, 'T', $3)", [
      id,
      workspaceId,
      content,
    ]);
    const place = { type: "documents", sourceId: id, chunkIndex: null } as const;
    const [windows] = await readBestWindows(workspaceId, query, [place], most, pool);
    return windows ?? [];
  };

  const around = (text: string) => `${"Nothing here. ".repeat(400)}${text}${" Nothing here.".repeat(400)}`;

  test("are whole sentences, apart from each other, the one with the rarest words first", async () => {
    const text = around("Roses are red.") + around("Roses bloom. Orchids too.") + around("Roses fade.");
    const windows = await windowsOf(text, "roses and orchids");
    expect(windows.map((window) => /Roses \w+/.exec(window)?.[0])).toEqual([
      "Roses bloom",
      "Roses are",
      "Roses fade",
    ]);
    for (const window of windows) expect(window).toMatch(/^(Nothing here|Roses).*[.]$/s);
    expect(await windowsOf(text, "roses and orchids", 1)).toHaveLength(1);
  });

  test("are found where a word lies across the cut, in one long line, and in a script without spaces", async () => {
    expect((await windowsOf(`${"x".repeat(4_997)} orchids ${"x".repeat(5_000)}`, "orchids"))[0]).toContain(
      "orchids",
    );
    expect(
      (await windowsOf(`${"あ".repeat(4_000)}蘭に水をやる${"あ".repeat(4_000)}`, "蘭に水をやるのはいつ"))[0],
    ).toContain("蘭に水をやる");
  });

  test("know a word in another form, and none within another word where it is short", async () => {
    expect((await windowsOf(around("He was watering them."), "water"))[0]).toContain("watering");
    expect(await windowsOf(around("A catalog of blogs."), "logs")).toEqual([]);
    expect((await windowsOf(around("Read\nlogs first."), "logs"))[0]).toContain("logs first");
  });

  test("are none of another workspace, and none without a word to look for", async () => {
    const place = { type: "documents", sourceId: manual, chunkIndex: null } as const;
    expect(await readBestWindows(elsewhere, QUERY, [place], 1, pool)).toEqual([[]]);
    expect(await readBestWindows(workspaceId, "?", [place], 1, pool)).toEqual([[]]);
    const chunk = { type: "pages", sourceId: page, chunkIndex: 0 } as const;
    const both = await readBestWindows(workspaceId, "orchids ferns", [chunk, place], 1, pool);
    expect(both.map(([window]) => window?.length)).toEqual([expect.any(Number), expect.any(Number)]);
    expect(both[0]?.[0]).toMatch(/^ferns ferns/);
  });
});
