import type pg from "pg";
import { describe, expect } from "vitest";
import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { readEmbeddingColumns } from "../../app/services/embedding-columns.server.ts";
import { RefusedError } from "../../app/services/halfvec/errors.ts";
import { planMigration } from "../../app/services/halfvec/plan.ts";
import { notedTuning, tuningOf } from "../../app/services/index-tuning.ts";
import { EVERY_WORKSPACE } from "../../app/services/rag/search-request.ts";
import { searchEmbeddings } from "../../app/services/rag/vector-search.server.ts";
import { finished, startTool } from "../support/cli.ts";
import { AT_ONCE } from "../support/contracting.ts";
import { goBack, refusalOf, runPhase, runUntil } from "../support/engine.ts";
import { migrateIn } from "../support/migrate.ts";
import { filled, moved } from "../support/migration-states.ts";
import { takeProfile } from "../support/profiles.ts";
import { type TestDatabase, testOn } from "../support/test.ts";
import { createWorkingCopy } from "../support/working-copy.ts";

const ROWS = 300;
const testSwapped = testOn(moved(filled(ROWS), "swap"));
const testIndexed = testOn(moved(filled(ROWS), "index"));
const SLOW = 120_000;

const COMPACT = "page_embeddings_compact_hnsw_idx";
const HALFVEC = "page_embeddings_halfvec_hnsw_idx";

/** The HNSW indexes of the pages that are valid, with what was measured of each. */
async function indexes(database: TestDatabase): Promise<[string, number | null][]> {
  const rows = await database.query<{ name: string; comment: string | null }>(
    `SELECT c.relname AS name, obj_description(c.oid, 'pg_class') AS comment
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
     WHERE i.indrelid = 'page_embeddings'::regclass AND a.amname = 'hnsw' AND i.indisvalid ORDER BY 1`,
  );
  return rows.map(({ name, comment }) => [name, tuningOf(comment)?.candidates ?? null]);
}

/** A search by the vector of a row, and the statements that it sent. */
async function search(
  database: TestDatabase,
  asked: Partial<Parameters<typeof searchEmbeddings>[0]> = {},
): Promise<{ keys: string[]; exact: boolean; sent: string[] }> {
  const [row] = await database.query<{ vector: string }>(
    "SELECT embedding::text AS vector FROM page_embeddings ORDER BY id LIMIT 1",
  );
  const sent: string[] = [];
  const query = (text: string, values: unknown[]) => {
    sent.push(text);
    return database.client.query(text, values);
  };
  const { hits, exact } = await searchEmbeddings(
    {
      table: PAGE_EMBEDDINGS,
      vector: JSON.parse(row?.vector ?? ""),
      limit: 10,
      workspaceId: EVERY_WORKSPACE,
      ...asked,
    },
    { query: query as pg.Pool["query"] },
  );
  return {
    keys: hits.map(({ key }) => key),
    exact,
    sent: sent.filter((text) => /<[=~]>/.test(text)),
  };
}

describe("the compact index", () => {
  testSwapped(
    "is searched once it is measured, finds what the other one finds, and the other one may go",
    async ({ database }) => {
      const before = await search(database);
      const events = await takeProfile(database, "compact", { dropOther: true });
      expect(events.filter(({ event }) => event === "tuned")).toMatchObject([
        { index: HALFVEC, searched: false },
        { index: COMPACT, searched: true, tuning: { k: 10, queries: 15, rows: ROWS } },
      ]);
      expect(await indexes(database)).toEqual([[COMPACT, expect.any(Number)]]);
      const after = await search(database);
      expect(after.keys).toEqual(before.keys);
      expect([before, after].map(({ sent }) => sent.map((text) => text.includes("<~>")))).toEqual([
        [false],
        [true],
      ]);
      const [plan] = await planMigration(database.client, [PAGE_EMBEDDINGS]);
      expect(plan?.compactBuildSeconds).toBeGreaterThan(0);
      await runPhase(database, "verify");
      const [verified] = await planMigration(database.client, [PAGE_EMBEDDINGS]);
      expect(verified?.compactBuildSeconds).toBe(plan?.compactBuildSeconds);
      await takeProfile(database, "halfvec", { dropOther: true });
      expect(await indexes(database)).toEqual([[HALFVEC, expect.any(Number)]]);
      expect((await search(database)).keys).toEqual(before.keys);
    },
    SLOW,
  );

  testSwapped("answers filters and a least similarity as exact search does", async ({ database }) => {
    const [workspace] = await database.query<{ id: string }>(
      "SELECT workspace_id AS id FROM page_embeddings GROUP BY 1 ORDER BY count(*) LIMIT 1",
    );
    await database.query("UPDATE page_embeddings SET metadata = '{\"kept\": true}' WHERE chunk_index = 0");
    const filters = [
      { workspaceId: workspace?.id ?? "" },
      { metadata: { kept: true } },
      { minSimilarity: 0.5, limit: 50 },
      { limit: 200 },
    ];
    const exact: string[][] = [];
    for (const filter of filters) exact.push((await search(database, filter)).keys);
    await takeProfile(database, "compact");
    for (const [place, filter] of filters.entries()) {
      const { keys } = await search(database, filter);
      expect(keys.length).toBe(exact[place]?.length);
      const found = keys.filter((key) => exact[place]?.includes(key)).length;
      expect(found / keys.length).toBeGreaterThan(0.9);
    }
  });

  testSwapped(
    "is refused where signs do not tell the vectors apart, and nothing changes",
    async ({ database }) => {
      // The same directions in the corner where every sign is +.
      await database.query(
        `UPDATE page_embeddings SET embedding =
         (embedding::vector + array_fill(1::real, ARRAY[${PAGE_EMBEDDINGS.dimensions}])::vector)::halfvec`,
      );
      await database.query("REINDEX TABLE page_embeddings");
      const before = await search(database);
      const refusal = await refusalOf(takeProfile(database, "compact", { targetRecall: 0.95 }));
      expect(refusal).toMatch(
        /compact index of page_embeddings finds recall@10 .* with 70 candidates, where 95.0 %/,
      );
      expect((await indexes(database)).map(([name]) => name)).toEqual([HALFVEC]);
      expect(await search(database)).toEqual(before);
    },
  );

  testSwapped(
    "keeps what was measured of it where the other one is chosen again, and is not searched",
    async ({ database }) => {
      await takeProfile(database, "compact");
      expect((await search(database)).sent.join()).toContain("<~>");
      await takeProfile(database, "halfvec");
      expect((await search(database)).sent.join()).not.toContain("<~>");
      expect(await indexes(database)).toEqual([
        [COMPACT, null],
        [HALFVEC, expect.any(Number)],
      ]);
      const [compact] = await database.query<{ comment: string }>(
        "SELECT obj_description($1::regclass) AS comment",
        [COMPACT],
      );
      expect(notedTuning(compact?.comment ?? null)).toMatchObject({
        counts: false,
        tuning: { rows: ROWS, curve: expect.arrayContaining([expect.objectContaining({ candidates: 40 })]) },
      });
    },
    SLOW,
  );

  testSwapped(
    "gives way to the halfvec index though that finds less than once, with a warning",
    async ({ database }) => {
      await takeProfile(database, "compact", { targetRecall: 0.5 });
      // What the vector index is said to have found, nothing does.
      await database.query(
        "UPDATE halfvec_migration.verifications SET figures = jsonb_set(figures, '{recallVector}', '1.5') WHERE table_name = 'page_embeddings'",
      );
      const events = await takeProfile(database, "halfvec");
      expect(events).toContainEqual({
        event: "warning",
        table: "page_embeddings",
        message: expect.stringMatching(
          /the halfvec index of page_embeddings finds recall@10 .* where 149.0 % is asked for; so searches take it with HNSW_EF_SEARCH/,
        ),
      });
      expect((await search(database)).sent.join()).not.toContain("<~>");
      expect(await refusalOf(takeProfile(database, "compact"))).toMatch(/To ask for less: --target-recall$/);
    },
    SLOW,
  );

  testSwapped("is not searched before it is measured", async ({ database }) => {
    await database.query(
      `CREATE INDEX ${COMPACT} ON page_embeddings USING hnsw ((binary_quantize(embedding)::bit(1536)) bit_hamming_ops)`,
    );
    expect((await search(database)).sent.join()).not.toContain("<~>");
    const { live } = await readEmbeddingColumns(PAGE_EMBEDDINGS, database.client);
    expect(live).toEqual({ name: "embedding", type: "halfvec", indexed: true });
  });

  testIndexed(
    "stands beside the twin's index before the swap, which needs that one",
    async ({ database }) => {
      await expect(takeProfile(database, "compact", { dropOther: true })).rejects.toThrow(RefusedError);
      await takeProfile(database, "compact");
      const { live, twin } = await readEmbeddingColumns(PAGE_EMBEDDINGS, database.client);
      expect([live.tuned, twin?.tuned?.profile]).toEqual([undefined, "compact"]);
      await runPhase(database, "verify");
      await runPhase(database, "swap");
      expect((await search(database)).sent).toEqual([
        expect.stringContaining('binary_quantize(e."embedding")'),
      ]);
    },
  );

  testSwapped(
    "goes with a rollback, which comes back to the vector index, and forward again",
    async ({ database }) => {
      await takeProfile(database, "compact", { dropOther: true });
      await goBack(database, "convert");
      expect(await indexes(database)).toEqual([["page_embeddings_embedding_idx", null]]);
      await runUntil(database, "swap");
      expect(await indexes(database)).toEqual([[HALFVEC, null]]);
    },
    SLOW,
  );

  testSwapped(
    "is kept by contract and a rewrite where it stands alone",
    { timeout: 2 * SLOW },
    async ({ database }) => {
      const before = await search(database);
      await takeProfile(database, "compact", { dropOther: true });
      const directory = await createWorkingCopy();
      const contracted = await migrateIn(directory, database, ...AT_ONCE, "--reclaim", "vacuum-full");
      expect(contracted, contracted.stderr).toMatchObject({ code: 0 });
      // Contract measures it again, with other queries, and may find one step more or fewer.
      expect(await indexes(database)).toEqual([[COMPACT, expect.any(Number)]]);
      const after = await search(database);
      expect(after.keys).toEqual(before.keys);
      expect(after.sent).toEqual([expect.stringContaining("<~>")]);
      await takeProfile(database, "halfvec", { dropOther: true });
      expect((await search(database)).keys).toEqual(before.keys);
    },
  );

  testSwapped(
    "is there long after contract too, by the command line",
    { timeout: 2 * SLOW },
    async ({ database }) => {
      const directory = await createWorkingCopy();
      const contracted = await migrateIn(directory, database, ...AT_ONCE);
      expect(contracted, contracted.stderr).toMatchObject({ code: 0 });
      const words = ["index", "--profile", "compact", "--tables", "page_embeddings", "--drop-other"];
      const run = await migrateIn(directory, database, ...words);
      expect(run, run.stderr).toMatchObject({ code: 0 });
      expect(run.events.filter(({ event }) => event === "dropped")).toMatchObject([{ index: HALFVEC }]);
      expect(await indexes(database)).toEqual([[COMPACT, expect.any(Number)]]);
      const status = await finished(
        startTool({ args: ["status"], databaseUrl: database.url, cwd: directory }),
      );
      expect(status.stdout).toMatch(
        /page_embeddings_compact_hnsw_idx on the signs of embedding: .*\n {4}recall@10 .*\[\d+ candidates .* in .* ms\].*\n {4}asked for/,
      );
      expect((await search(database)).sent).toEqual([expect.stringContaining("<~>")]);
    },
  );

  testOn("init")("needs a halfvec column", async ({ database }) => {
    expect(await refusalOf(takeProfile(database, "compact"))).toMatch(
      /has no halfvec column yet. First run: npm run migrate:halfvec -- run --until convert/,
    );
  });
});
