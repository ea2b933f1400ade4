import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openApp, type TestApp } from "../support/app.ts";
import { goBack, runUntil } from "../support/engine.ts";
import { filled } from "../support/migration-states.ts";

const ANN = "ann@example.com";
const SLOW = 120_000;

let app: TestApp;
let actions: typeof import("../../app/services/monitoring/admin-actions.server.ts");
let metrics: typeof import("../../app/services/monitoring/vector-metrics.server.ts");
let background: typeof import("../../app/services/monitoring/admin/background-run.server.ts");

beforeAll(async () => {
  app = await openApp({ through: filled(40) });
  actions = await import("../../app/services/monitoring/admin-actions.server.ts");
  metrics = await import("../../app/services/monitoring/vector-metrics.server.ts");
  background = await import("../../app/services/monitoring/admin/background-run.server.ts");
});
afterAll(() => app.close());
beforeEach(() => app.query("TRUNCATE vector_metrics.admin_actions"));

async function migration() {
  const section = (await metrics.readVectorMetrics(app.pool)).migration;
  if (section.state === "failed") throw new Error(section.problem.message);
  return section.value;
}

const recorded = () =>
  app.query(
    "SELECT by, action, detail, now() - at < interval '1 minute' AS recent FROM vector_metrics.admin_actions ORDER BY id",
  );

describe("at the baseline", () => {
  test("there is nothing to turn, pause or verify, and nothing is written down", async () => {
    const { setVectorFlag, pauseConversion, resumeConversion, startVerify } = actions;
    const asked = [() => setVectorFlag("vector", ANN)].concat(
      [pauseConversion, resumeConversion, startVerify].map((act) => () => act(ANN)),
    );
    for (const act of asked) {
      await expect(act()).rejects.toThrow(
        expect.objectContaining({
          name: "AdminActionError",
          message: expect.stringMatching(/^There is no migration in this database/),
        }),
      );
    }
    expect(await recorded()).toEqual([]);
  });

  test("the vector column can be compared with exact search", { timeout: SLOW }, async () => {
    const comparison = await metrics.compareSearchAccuracy();
    expect(comparison).toMatchObject({ recallHalfvec: null, storageReduction: null, indexReduction: null });
    expect(comparison.recallVector).toBeGreaterThan(0.9);
  });
});

describe("once the migration has begun", () => {
  beforeAll(() => runUntil(app, "index"), SLOW);

  test("a pause and its end say who and when", async () => {
    await actions.pauseConversion(ANN);
    expect((await migration()).settings).toMatchObject({ paused: true, pausedBy: ANN });
    await actions.resumeConversion("ben@example.com");
    expect((await migration()).settings).toMatchObject({ paused: false });
    expect(await recorded()).toEqual([
      { by: ANN, action: "pause", detail: "conversions wait", recent: true },
      { by: "ben@example.com", action: "resume", detail: "conversions go on", recent: true },
    ]);
    expect((await migration()).actions.map(({ by, action }) => [by, action])).toEqual([
      ["ben@example.com", "resume"],
      [ANN, "pause"],
    ]);
  });

  test("the flag goes before the environment, and search follows it at once in this process", async () => {
    const { readEmbeddingColumns } = await import("../../app/services/embedding-columns.server.ts");
    const { PAGE_EMBEDDINGS } = await import("../../app/embedding-tables.ts");
    expect((await migration()).flag).toMatchObject({ value: "auto", from: "environment", by: null });
    expect((await readEmbeddingColumns(PAGE_EMBEDDINGS)).flag).toBeNull();
    await actions.setVectorFlag("vector", ANN);
    expect((await migration()).flag).toMatchObject({ value: "vector", from: "database", by: ANN });
    expect((await readEmbeddingColumns(PAGE_EMBEDDINGS)).flag).toBe("vector");
    expect(await recorded()).toEqual([{ by: ANN, action: "flag", detail: "vector", recent: true }]);
  });

  test("the flag is not turned to halfvec before verify is green", async () => {
    await expect(actions.setVectorFlag("halfvec", ANN)).rejects.toThrow(
      /Verify is not green on page_embeddings, .*npm run migrate:halfvec -- verify/,
    );
    expect(await recorded()).toEqual([]);
  });

  test("verify runs in the background, one at a time, and ends with its result", {
    timeout: SLOW,
  }, async () => {
    await actions.startVerify(ANN);
    expect((await migration()).verifying).toMatchObject({ by: ANN });
    await expect(actions.startVerify("ben@example.com")).rejects.toThrow(
      /A verify that ann@example.com began is still running/,
    );
    await background.backgroundEnded();
    const { verifying, tables } = await migration();
    expect(verifying).toBeNull();
    expect(tables.map(({ verification }) => verification?.ok)).toEqual([true, true, true, true]);
    expect(await recorded()).toMatchObject([
      { by: ANN, action: "verify", detail: "begun" },
      { by: ANN, action: "verify", detail: expect.stringMatching(/^green: page_embeddings, .*documents$/) },
    ]);
    await actions.setVectorFlag("halfvec", ANN);
    expect((await migration()).flag.value).toBe("halfvec");
  });

  test("a verify that is red says which check", { timeout: SLOW }, async () => {
    await app.query(
      "ALTER TABLE page_embeddings DISABLE TRIGGER USER; UPDATE page_embeddings SET embedding_halfvec = NULL WHERE id = (SELECT min(id::text)::uuid FROM page_embeddings)",
    );
    await actions.startVerify(ANN);
    await background.backgroundEnded();
    expect(await recorded()).toMatchObject([
      { detail: "begun" },
      { action: "verify", detail: expect.stringMatching(/page_embeddings: 1 of 40 rows unconverted/) },
    ]);
    await app.query(
      "ALTER TABLE page_embeddings ENABLE ALWAYS TRIGGER zz_halfvec_keep_twin; UPDATE page_embeddings SET chunk_index = chunk_index",
    );
  });

  test("both columns are compared on the same queries each time", { timeout: SLOW }, async () => {
    await actions.startComparison(ANN);
    await background.backgroundEnded();
    const queries = await app.query("SELECT * FROM vector_metrics.test_queries ORDER BY id");
    expect(queries).toHaveLength(40);
    const comparison = await metrics.compareSearchAccuracy();
    expect(await app.query("SELECT * FROM vector_metrics.test_queries ORDER BY id")).toEqual(queries);
    expect(comparison).toMatchObject({
      tables: [{ table: "page_embeddings", queries: 40, k: 10 }, {}, {}, {}],
    });
    expect(comparison.recallVector).toBeGreaterThan(0.9);
    expect(comparison.recallHalfvec).toBeGreaterThan(0.9);
    expect(comparison.tables[0]?.largestSimilarityDifference).toBeLessThan(0.01);
    const { recall, storage } = await metrics.readVectorMetrics(app.pool);
    expect(recall).toMatchObject({ state: "read", value: { comparison } });
    expect(storage).toMatchObject({
      value: {
        total: {
          reduction: { now: { total: comparison.storageReduction, index: comparison.indexReduction } },
        },
      },
    });
    expect(await recorded()).toMatchObject([
      { action: "compare", detail: "begun" },
      {
        action: "compare",
        detail: expect.stringMatching(/^recall@10 of vector [\d.]+ %, of halfvec [\d.]+ %$/),
      },
    ]);
  });
});

describe("after the swap", () => {
  beforeAll(() => runUntil(app, "swap"), SLOW);

  test("the flag is not turned to a column that is not read any more", async () => {
    await expect(actions.setVectorFlag("vector", ANN)).rejects.toThrow(/rollback/);
  });

  test("nor while a rollback is under way, which has set it itself", { timeout: SLOW }, async () => {
    const begun = goBack(app, "baseline", (event) => event.event === "phase" && event.phase === "fill");
    await expect(begun).rejects.toThrow(/interrupted/);
    const before = (await migration()).flag;
    await expect(actions.setVectorFlag("auto", ANN)).rejects.toThrow(/A rollback is under way/);
    expect((await migration()).flag).toEqual(before);
    expect(await recorded()).toEqual([]);
  });
});

test("where no table has originals no comparison begins, and it says so at once", async () => {
  await app.query("DROP TABLE page_embeddings, block_embeddings, database_row_embeddings, documents CASCADE");
  await expect(actions.startComparison(ANN)).rejects.toThrow(
    expect.objectContaining({
      name: "AdminActionError",
      message: expect.stringMatching(/nothing to compare/),
    }),
  );
  expect(await recorded()).toEqual([]);
});
