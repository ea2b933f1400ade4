import type pg from "pg";
import { describe, expect } from "vitest";
import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { EVERY_WORKSPACE } from "../../app/services/rag/search-request.ts";
import { searchEmbeddings } from "../../app/services/rag/vector-search.server.ts";
import { filled, moved } from "../support/migration-states.ts";
import { takeProfile } from "../support/profiles.ts";
import { type TestDatabase, testOn } from "../support/test.ts";

const ROWS = 3_000;
const QUERIES = 40;
const LIMIT = 10;
const testSwapped = testOn(moved(filled(ROWS), "swap"));
const SLOW = 180_000;

/** Parts of the table that a filter keeps. A share of it that is far smaller than what a scan keeps makes it go on. */
const KEPT = [0.5, 0.05, 0.005];

async function markKept(database: TestDatabase): Promise<void> {
  await database.query(
    `UPDATE page_embeddings SET metadata = jsonb_build_object('half', place % 2 = 0, 'twentieth', place % 20 = 0, 'few', place % 200 = 0)
     FROM (SELECT id AS row_id, row_number() OVER (ORDER BY md5(id::text)) AS place FROM page_embeddings) AS numbered
     WHERE id = row_id`,
  );
  await database.query("VACUUM ANALYZE page_embeddings");
}

/** Vectors between two rows each, that are not near to each other. */
async function queries(database: TestDatabase): Promise<number[][]> {
  const rows = await database.query<{ vector: string }>(
    "SELECT embedding::text AS vector FROM page_embeddings ORDER BY md5('q' || id::text) LIMIT $1",
    [2 * QUERIES],
  );
  const vectors = rows.map(({ vector }) => JSON.parse(vector) as number[]);
  return Array.from({ length: QUERIES }, (_, query) =>
    (vectors[2 * query] ?? []).map(
      (value, place) => 0.65 * value + 0.35 * (vectors[2 * query + 1]?.[place] ?? 0),
    ),
  );
}

async function exactly(
  database: TestDatabase,
  vector: readonly number[],
  metadata: Record<string, boolean>,
): Promise<string[]> {
  // An expression, which no index holds.
  const rows = await database.query<{ id: string }>(
    `SELECT id FROM page_embeddings WHERE metadata @> $2 ORDER BY embedding::vector <=> $1::vector, id LIMIT ${LIMIT}`,
    [JSON.stringify(vector), JSON.stringify(metadata)],
  );
  return rows.map(({ id }) => id);
}

/** Mean recall of the app's own search, how often it went by signs, and how often it fell back on exact search. */
async function measure(database: TestDatabase, metadata: Record<string, boolean>, vectors: number[][]) {
  let [found, wanted, bySigns, exact] = [0, 0, 0, 0];
  for (const vector of vectors) {
    const sent: string[] = [];
    const query = (text: string, values: unknown[]) => {
      sent.push(text);
      return database.client.query(text, values);
    };
    const answer = await searchEmbeddings(
      { table: PAGE_EMBEDDINGS, vector, limit: LIMIT, workspaceId: EVERY_WORKSPACE, metadata },
      { query: query as pg.Pool["query"] },
    );
    const truth = await exactly(database, vector, metadata);
    wanted += truth.length;
    found += answer.hits.filter(({ key }) => truth.includes(key)).length;
    if (sent.some((text) => text.includes("<~>"))) bySigns += 1;
    if (answer.exact) exact += 1;
  }
  return { recall: found / wanted, bySigns, exact };
}

describe("the compact index under filters", () => {
  testSwapped(
    "finds what it finds without one, however few rows they keep",
    { tags: ["server"], timeout: SLOW },
    async ({ database }) => {
      await markKept(database);
      const events = await takeProfile(database, "compact", { queries: 100, dropOther: true });
      const tuned = events.find((event) => event.event === "tuned" && event.profile === "compact");
      expect(tuned).toMatchObject({ searched: true });
      const vectors = await queries(database);
      const all = await measure(database, {}, vectors);
      const measured = [];
      const filters: Record<string, boolean>[] = [{ half: true }, { twentieth: true }, { few: true }];
      for (const metadata of filters) {
        measured.push(await measure(database, metadata, vectors));
      }
      expect([all, ...measured].map(({ bySigns }) => bySigns)).toEqual(
        KEPT.map(() => QUERIES).concat(QUERIES),
      );
      for (const { recall } of measured) expect(recall).toBeGreaterThan(all.recall - 0.03);
    },
  );
});
