import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import type { ShadowRecall, TableLatency } from "../../app/services/monitoring/vector-metrics.ts";
import { EVERY_WORKSPACE, type VectorSearch } from "../../app/services/rag/search-request.ts";
import type { SearchAnswer } from "../../app/services/rag/vector-search.server.ts";
import { openApp, type TestApp } from "../support/app.ts";
import { filled, moved } from "../support/migration-states.ts";

const table = PAGE_EMBEDDINGS;
const PATIENCE = { timeout: 30_000, interval: 20 };

let app: TestApp;
let questions: number[][];
let searchEmbeddings: (search: VectorSearch) => Promise<SearchAnswer>;
let setShare: (share: number) => void;
/** Stores what was recorded, and reads it as the dashboard does. */
let shadowReads: () => Promise<ShadowRecall[]>;
let shadowLatencies: () => Promise<TableLatency[]>;

beforeAll(async () => {
  app = await openApp({ through: moved(filled(400), "index"), env: { VECTOR_SHADOW_READS: "1" } });
  const { env } = await import("../../app/env.server.ts");
  const { recorder } = await import("../../app/services/monitoring/recording/recorder.server.ts");
  const { Flush } = await import("../../app/services/monitoring/recording/flush.server.ts");
  const { readLatency } = await import("../../app/services/monitoring/latency/read-latency.server.ts");
  const { readShadowReads } = await import(
    "../../app/services/monitoring/shadow/read-shadow-reads.server.ts"
  );
  ({ searchEmbeddings } = await import("../../app/services/rag/vector-search.server.ts"));
  const flush = new Flush(recorder, app.pool);
  setShare = (share) => Object.assign(env, { VECTOR_SHADOW_READS: share });
  shadowReads = async () => {
    await flush.now();
    return await readShadowReads(app.pool);
  };
  shadowLatencies = async () => {
    await flush.now();
    const { windows } = await readLatency(app.pool);
    return windows.flatMap(({ minutes, rows }) => (minutes === 5 ? rows : [])).filter(({ shadow }) => shadow);
  };
  // One row in five is another one to the halfvec column, so that the answers differ.
  await app.query(`ALTER TABLE page_embeddings DISABLE TRIGGER USER;
    UPDATE page_embeddings SET embedding_halfvec = l2_normalize(embedding_halfvec + array_fill(0.01, '{1536}')::halfvec)
      WHERE hashtext(id::text) % 5 = 0`);
  const rows = await app.query<{ vector: number[] }>(
    "SELECT embedding::real[] AS vector FROM page_embeddings ORDER BY id LIMIT 12",
  );
  questions = rows.map(({ vector }) => vector);
});

afterAll(() => app.close());

beforeEach(async () => {
  setShare(1);
  await setFlag("vector");
  await shadowReads();
  await app.query("TRUNCATE vector_metrics.shadow_reads, vector_metrics.search_latencies");
});

/** Also waits until the app has seen it. */
async function setFlag(flag: "vector" | "halfvec"): Promise<void> {
  await app.query(
    `INSERT INTO halfvec_migration.settings (name, value) VALUES ('vector_column', to_jsonb($1::text))
     ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value`,
    [flag],
  );
  const { forgetEmbeddingColumns } = await import("../../app/services/embedding-columns.server.ts");
  forgetEmbeddingColumns(table);
}

function search(question = 0, change: Partial<VectorSearch> = {}): Promise<SearchAnswer> {
  const vector = questions[question] ?? [];
  return searchEmbeddings({ table, vector, limit: 10, workspaceId: EVERY_WORKSPACE, ...change });
}

/** Resolves to what is stored once so many shadow reads have ended. */
async function afterShadowReads(count: number): Promise<ShadowRecall[]> {
  const ended = async () => {
    const reads = await shadowReads();
    return reads.reduce((sum, { searches, failed, skipped }) => sum + searches + failed + skipped, 0);
  };
  await expect.poll(ended, PATIENCE).toBe(count);
  return await shadowReads();
}

/** The ten nearest rows by a statement of the test's own. */
async function nearest(column: string, question: number[]): Promise<Map<string, number>> {
  const session = await app.pool.connect();
  try {
    await session.query("BEGIN; SET LOCAL hnsw.ef_search = 400; SET LOCAL enable_seqscan = off");
    const { rows } = await session.query<{ id: string; similarity: number }>(
      `SELECT id, 1 - (${column} <=> $1) AS similarity FROM page_embeddings ORDER BY ${column} <=> $1 LIMIT 10`,
      [JSON.stringify(question)],
    );
    return new Map(rows.map(({ id, similarity }) => [id, similarity]));
  } finally {
    await session.query("ROLLBACK");
    session.release();
  }
}

describe("shadow reads", () => {
  it.each([
    ["vector", "halfvec"],
    ["halfvec", "vector"],
  ] as const)("compare what %s answered with what %s would have", async (answered, other) => {
    await setFlag(answered);
    const expected = { overlap: 0, largestDifference: 0 };
    for (const [number, question] of questions.entries()) {
      const { column } = await search(number, { efSearch: 400 });
      expect(column.type).toBe(answered);
      await afterShadowReads(number + 1);
      const [old, twin] = [
        await nearest("embedding", question),
        await nearest("embedding_halfvec", question),
      ];
      const common = [...old.keys()].filter((key) => twin.has(key));
      expected.overlap += common.length / 10 / questions.length;
      const differences = common.map((key) => Math.abs(Number(old.get(key)) - Number(twin.get(key))));
      expected.largestDifference = Math.max(expected.largestDifference, ...differences);
    }
    expect(expected.overlap).toBeGreaterThan(0.3);
    expect(expected.overlap).toBeLessThan(0.99);
    expect(expected.largestDifference).toBeGreaterThan(0);
    expect(await shadowReads()).toEqual([
      {
        table: "page_embeddings",
        answered,
        searches: questions.length,
        overlapAt10: expect.closeTo(expected.overlap, 10),
        largestSimilarityDifference: expect.closeTo(expected.largestDifference, 10),
        failed: 0,
        skipped: 0,
        lastAt: expect.stringMatching(/^20.*Z$/),
      },
    ]);
    expect(await shadowLatencies()).toMatchObject([{ columnType: other, searches: questions.length }]);
  });

  it("are made of the share of searches that is asked for", async () => {
    setShare(0);
    for (const question of questions.keys()) await search(question);
    setShare(1);
    await search();
    expect(await afterShadowReads(1)).toMatchObject([{ searches: 1, skipped: 0 }]);
  });

  it("are not made of a search that compared every row", async () => {
    expect(await search(0, { metadata: { nobody: "has this" } })).toMatchObject({ exact: true, hits: [] });
    // One that it had would be over before these are.
    for (const ended of [1, 2, 3]) {
      await search();
      await afterShadowReads(ended);
    }
    expect(await shadowReads()).toMatchObject([{ searches: 3, skipped: 0 }]);
  });

  it("leave the answer as it is when they fail", async () => {
    const before = await search();
    await afterShadowReads(1);
    const restore = await breakHalfvecDistance("RAISE 'broken'");
    const after = await search();
    const [recall] = await afterShadowReads(2);
    await restore();
    expect(after.hits).toEqual(before.hits);
    expect(recall).toMatchObject({ searches: 1, failed: 1, skipped: 0 });
  });

  it("have no figures where none came to its end", async () => {
    const restore = await breakHalfvecDistance("RAISE 'broken'");
    await search();
    const [recall] = await afterShadowReads(1);
    await restore();
    expect(recall).toMatchObject({ searches: 0, overlapAt10: null, largestSimilarityDifference: null });
  });

  it("are two at a time, and given up after some seconds", { tags: ["server"] }, async () => {
    const restore = await breakHalfvecDistance("PERFORM pg_sleep(600)");
    for (const question of [0, 1, 2, 3, 4]) expect((await search(question)).hits).toHaveLength(10);
    const [recall] = await afterShadowReads(5);
    await restore();
    expect(recall).toMatchObject({ searches: 0, failed: 2, skipped: 3 });
  });
});

/** Lets whoever compares halfvec values run this first. @returns how to put it right again */
async function breakHalfvecDistance(statement: string): Promise<() => Promise<unknown>> {
  const [{ definition } = { definition: "" }] = await app.query<{ definition: string }>(
    "SELECT pg_get_functiondef('cosine_distance(halfvec, halfvec)'::regprocedure) AS definition",
  );
  await app.query(`CREATE OR REPLACE FUNCTION cosine_distance(halfvec, halfvec) RETURNS double precision
    LANGUAGE plpgsql IMMUTABLE STRICT AS $$ BEGIN ${statement}; RETURN 0; END $$`);
  return () => app.query(definition);
}
