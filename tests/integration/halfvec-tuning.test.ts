import pg from "pg";
import { describe, expect } from "vitest";
import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { readEmbeddingColumns } from "../../app/services/embedding-columns.server.ts";
import type { MigrationEvent } from "../../app/services/halfvec/events.ts";
import { VERIFICATION_DEFAULTS, verifyTable } from "../../app/services/halfvec/verify/verify-table.ts";
import { type IndexTuning, tuningComment, tuningOf } from "../../app/services/index-tuning.ts";
import { EVERY_WORKSPACE } from "../../app/services/rag/search-request.ts";
import { searchEmbeddings } from "../../app/services/rag/vector-search.server.ts";
import { constantVector } from "../support/embedding-rows.ts";
import { runPhase, runUntil } from "../support/engine.ts";
import { filled, moved } from "../support/migration-states.ts";
import { takeProfile } from "../support/profiles.ts";
import { type TestDatabase, testOn } from "../support/test.ts";

const testIndexed = testOn(moved(filled(300), "index"));
const testSwapped = testOn(moved(filled(300), "swap"));
const SLOW = 120_000;

const HALFVEC = PAGE_EMBEDDINGS.halfvecIndex;
const COMPACT = "page_embeddings_compact_hnsw_idx";
/** Tuned although it is small. */
const PAGES = { tables: [PAGE_EMBEDDINGS], verification: { tunedFromRows: 0 } };

async function tuned(database: TestDatabase, index: string): Promise<IndexTuning | null> {
  const [row] = await database.query<{ comment: string | null }>(
    "SELECT obj_description($1::regclass, 'pg_class') AS comment",
    [index],
  );
  return tuningOf(row?.comment ?? null);
}

async function comment(database: TestDatabase, index: string, text: string): Promise<void> {
  await database.query(`COMMENT ON INDEX ${index} IS ${pg.escapeLiteral(text)}`);
}

/** What the app's search sets the scan to. */
async function efSearchOf(database: TestDatabase): Promise<string[]> {
  const sent: string[] = [];
  const query = (text: string, values: unknown[]) => {
    sent.push(`${text} ${JSON.stringify(values)}`);
    return database.client.query(text, values);
  };
  await searchEmbeddings(
    {
      table: PAGE_EMBEDDINGS,
      vector: JSON.parse(constantVector(PAGE_EMBEDDINGS.dimensions, 0.1)),
      limit: 10,
      workspaceId: EVERY_WORKSPACE,
    },
    { query: query as pg.Pool["query"] },
  );
  return sent.filter((text) => text.includes("hnsw.ef_search"));
}

const tunedEvents = (events: readonly MigrationEvent[]) => events.filter(({ event }) => event === "tuned");

describe("a green verify", () => {
  testIndexed(
    "notes the fewest candidates that keep the recall, and searches take them",
    { timeout: SLOW },
    async ({ database }) => {
      expect(await tuned(database, HALFVEC)).toBeNull();
      // Of 300 rows pgvector's least finds more than that, whichever are drawn.
      const verification = { targetRecall: 0.9, tunedFromRows: 0 };
      const events = await runPhase(database, "verify", { ...PAGES, verification });
      expect(tunedEvents(events)).toMatchObject([{ index: HALFVEC, searched: true }]);
      expect(await tuned(database, HALFVEC)).toMatchObject({
        candidates: 40,
        target: 0.9,
        queries: 20,
        rows: 300,
        curve: [{ candidates: 40 }, { candidates: 50 }, { candidates: 80 }],
      });
      expect(events.find(({ event }) => event === "verified")).toMatchObject({
        figures: { efSearch: 40, p95Halfvec: expect.any(Number), p95Vector: expect.any(Number) },
      });
      await runUntil(database, "swap");
      expect((await efSearchOf(database)).join()).toContain("40");
    },
  );

  testIndexed(
    "asks for what the vector index finds, less one point",
    { timeout: SLOW },
    async ({ database }) => {
      const events = await runPhase(database, "verify", PAGES);
      const [figures] = events.flatMap((event) => (event.event === "verified" ? [event.figures] : []));
      expect(await tuned(database, HALFVEC)).toMatchObject({
        target: expect.closeTo((figures?.recallVector ?? 0) - 0.01, 9),
        chosenTarget: false,
      });
    },
  );

  testIndexed(
    "leaves searches as they are where no setting reaches what is asked for",
    { timeout: SLOW },
    async ({ database }) => {
      await comment(database, HALFVEC, "built by hand");
      // More than everything, so that it is not found by chance either.
      const verification = { efSearch: 90, targetRecall: 1.01, tunedFromRows: 0 };
      const events = await runPhase(database, "verify", { ...PAGES, verification });
      expect(tunedEvents(events)).toMatchObject([{ index: HALFVEC, tuning: null }]);
      expect(events.find(({ event }) => event === "verified")).toMatchObject({
        ok: true,
        figures: { efSearch: 90 },
      });
      expect(
        await database.query("SELECT obj_description($1::regclass, 'pg_class') AS comment", [HALFVEC]),
      ).toEqual([{ comment: "built by hand" }]);
    },
  );

  testSwapped(
    "measures a compact index that searches take, and leaves one alone that nobody chose",
    { timeout: SLOW },
    async ({ database }) => {
      await takeProfile(database, "compact");
      const both = tunedEvents(await runPhase(database, "verify", PAGES));
      expect(both).toMatchObject([
        { index: HALFVEC, searched: false },
        { index: COMPACT, searched: true },
      ]);
      await takeProfile(database, "halfvec");
      const one = tunedEvents(await runPhase(database, "verify", PAGES));
      expect(one).toMatchObject([{ index: HALFVEC, searched: true }]);
      expect(await tuned(database, COMPACT)).toBeNull();
    },
  );

  testSwapped(
    "by a role that does not own the index says that it could not note it, and is green",
    { timeout: SLOW },
    async ({ database }) => {
      const before = await tuned(database, HALFVEC);
      const role = "halfvec_verifier";
      await database.query(
        `CREATE ROLE ${role};
         GRANT USAGE ON SCHEMA halfvec_migration TO ${role};
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role};
         GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA halfvec_migration TO ${role};
         GRANT USAGE ON ALL SEQUENCES IN SCHEMA halfvec_migration TO ${role};
         GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA halfvec_migration TO ${role}`,
      );
      const events: MigrationEvent[] = [];
      try {
        await database.query(`SET ROLE ${role}`);
        const { ok } = await verifyTable(
          database.client,
          PAGE_EMBEDDINGS,
          { ...VERIFICATION_DEFAULTS, queries: 20, tunedFromRows: 0 },
          (event) => events.push(event),
          new AbortController().signal,
        );
        expect(ok).toBe(true);
      } finally {
        await database.query(`RESET ROLE; DROP OWNED BY ${role}; DROP ROLE ${role}`);
      }
      expect(events.filter(({ event }) => event === "warning")).toMatchObject([
        { message: expect.stringMatching(/must be owner of .*so searches go on as before/) },
      ]);
      expect(await tuned(database, HALFVEC)).toEqual(before);
    },
  );
});

describe("a verify of an index that was tuned before", () => {
  /** Has the index searched with so many candidates that most is missed. */
  const starve = async (database: TestDatabase, index: string, tuning: Partial<IndexTuning> = {}) => {
    await runPhase(database, "verify", PAGES);
    const noted = await tuned(database, index);
    const point = { candidates: 1, recall: 0.5, p50: 1, p95: 1 };
    await comment(
      database,
      index,
      tuningComment({
        tuning: { ...(noted as IndexTuning), candidates: 1, curve: [point], ...tuning },
        counts: true,
      }),
    );
  };

  testSwapped(
    "finds more candidates where those no longer do, and is green",
    { timeout: SLOW },
    async ({ database }) => {
      await takeProfile(database, "compact");
      await starve(database, COMPACT);
      const [verified] = (await runPhase(database, "verify", PAGES)).filter(
        ({ event }) => event === "verified",
      );
      expect(verified).toMatchObject({ ok: true });
      expect((await tuned(database, COMPACT))?.candidates).toBeGreaterThanOrEqual(40);
    },
  );

  testSwapped("keeps a recall that somebody asked for", { timeout: SLOW }, async ({ database }) => {
    await runPhase(database, "verify", { ...PAGES, verification: { targetRecall: 0.5, tunedFromRows: 0 } });
    await runPhase(database, "verify", PAGES);
    expect(await tuned(database, HALFVEC)).toMatchObject({ target: 0.5, chosenTarget: true });
  });

  testSwapped(
    "is searched as configured again in a table that has grown to twice its rows",
    async ({ database }) => {
      await starve(database, HALFVEC, { rows: 150, rowEstimate: 150 });
      const { live } = await readEmbeddingColumns(PAGE_EMBEDDINGS, database.client);
      expect(live).toMatchObject({ indexed: true });
      expect(live.tuned).toBeUndefined();
    },
  );

  testIndexed("counts no rows without an embedding as growth", { timeout: SLOW }, async ({ database }) => {
    await database.query(
      "INSERT INTO page_embeddings (page_id, workspace_id) SELECT page_id, workspace_id FROM page_embeddings, generate_series(1, 2)",
    );
    await database.query("VACUUM ANALYZE page_embeddings");
    await runPhase(database, "verify", {
      ...PAGES,
      verification: { targetRecall: 0.9, tunedFromRows: 0 },
    });
    expect(await tuned(database, HALFVEC)).toMatchObject({ rows: 300, rowEstimate: 900 });
    const { twin } = await readEmbeddingColumns(PAGE_EMBEDDINGS, database.client);
    expect(twin?.tuned?.tuning.candidates).toBe(40);
  });
});
