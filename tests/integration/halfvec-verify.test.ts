import { describe, expect } from "vitest";
import { EMBEDDING_DIMENSIONS, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import type { VerificationFigures } from "../../app/services/halfvec/verify/figures.ts";
import { passOverBlocks } from "../../app/services/halfvec/verify/pass-over-blocks.ts";
import {
  VERIFICATION_DEFAULTS,
  type VerificationOptions,
  verifyTable,
} from "../../app/services/halfvec/verify/verify-table.ts";
import { constantVector, fillTable } from "../support/embedding-rows.ts";
import { refusalOf, runUntil } from "../support/engine.ts";
import { filled, moved } from "../support/migration-states.ts";
import { type TestDatabase, testOn } from "../support/test.ts";

const test = testOn("init");
const SLOW = 120_000;

const testIndexed = testOn(moved(filled(20), "index"));
const testManySwapped = testOn(moved(filled(300), "swap"));
const testSwapped = testOn(moved(filled(60, 20), "swap"));

const PAGES = { tables: [PAGE_EMBEDDINGS] };
const DISABLE = "ALTER TABLE page_embeddings DISABLE TRIGGER zz_halfvec_keep_twin;";
const ENABLE = "ALTER TABLE page_embeddings ENABLE ALWAYS TRIGGER zz_halfvec_keep_twin;";

/** Verifies the pages. Resolves to the figures, and the names of the checks that are red. */
async function verify(
  database: TestDatabase,
  options: Partial<VerificationOptions> = {},
): Promise<{ ok: boolean; red: string[]; figures: VerificationFigures }> {
  const { ok, figures } = await verifyTable(
    database.client,
    PAGE_EMBEDDINGS,
    { ...VERIFICATION_DEFAULTS, ...options },
    () => {},
    new AbortController().signal,
  );
  return { ok, red: figures.checks.filter((check) => !check.ok).map(({ name }) => name), figures };
}

/** What the swap's guard and the app look at: the result on record. */
async function verdictOnRecord(database: TestDatabase): Promise<boolean | undefined> {
  const [row] = await database.query<{ ok: boolean }>(
    "SELECT ok FROM halfvec_migration.verifications WHERE table_name = 'page_embeddings' ORDER BY id DESC LIMIT 1",
  );
  return row?.ok;
}

async function insertZeros(database: TestDatabase, rows: number): Promise<void> {
  await database.query(
    `INSERT INTO page_embeddings (page_id, workspace_id, embedding)
     SELECT gen_random_uuid(), gen_random_uuid(), $1::vector FROM generate_series(1, $2)`,
    [constantVector(EMBEDDING_DIMENSIONS, 0), rows],
  );
}

describe("verify is red", () => {
  /** What goes wrong, the SQL that makes it so, and the checks that see it. */
  const faults: [string, string, string[]][] = [
    [
      "values: a twin that is not the cast",
      `${DISABLE} UPDATE page_embeddings SET embedding_halfvec = embedding_halfvec + embedding_halfvec
       WHERE id = (SELECT min(id::text)::uuid FROM page_embeddings); ${ENABLE}`,
      ["values"],
    ],
    [
      // Opposite to all others, so that it is nobody's neighbour and missing among nobody's results.
      "converted: a row without a twin",
      `${DISABLE} INSERT INTO page_embeddings (page_id, workspace_id, embedding)
       SELECT page_id, workspace_id, embedding * array_fill(-1::real, ARRAY[${EMBEDDING_DIMENSIONS}])::vector
       FROM page_embeddings LIMIT 1; ${ENABLE}`,
      ["converted"],
    ],
    ["trigger: disabled", DISABLE, ["trigger"]],
    [
      "trigger: not for every session",
      "ALTER TABLE page_embeddings DISABLE TRIGGER ALL; ALTER TABLE page_embeddings ENABLE TRIGGER ALL",
      ["trigger"],
    ],
    ["trigger: missing", "DROP TRIGGER zz_halfvec_keep_twin ON page_embeddings", ["trigger"]],
    [
      "index: dropped, so that no search can use it",
      `DROP INDEX ${PAGE_EMBEDDINGS.halfvecIndex}`,
      ["index", "plan"],
    ],
    [
      "index: of another distance",
      `DROP INDEX ${PAGE_EMBEDDINGS.halfvecIndex};
       CREATE INDEX ${PAGE_EMBEDDINGS.halfvecIndex} ON page_embeddings USING hnsw (embedding_halfvec halfvec_l2_ops)`,
      ["index", "plan"],
    ],
  ];

  testIndexed.for(faults)("%s", { timeout: SLOW }, async ([, sql, expected], { database }) => {
    expect(await verify(database)).toMatchObject({ ok: true, red: [] });
    expect(await verdictOnRecord(database)).toBe(true);
    await database.query(sql);
    expect(await verify(database)).toMatchObject({ ok: false, red: expected });
    expect(await verdictOnRecord(database)).toBe(false);
  });

  test("recall: an index that finds clearly less than the old one", { timeout: SLOW }, async ({
    database,
  }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 500);
    await runUntil(database, "index", PAGES);
    await database.query(`DROP INDEX ${PAGE_EMBEDDINGS.halfvecIndex}`);
    // Concurrently: an index that is built plainly over rows with HOT updates serves no transaction of that time.
    await database.query(
      `CREATE INDEX CONCURRENTLY ${PAGE_EMBEDDINGS.halfvecIndex} ON page_embeddings
       USING hnsw (embedding_halfvec halfvec_cosine_ops) WITH (m = 2, ef_construction = 4)`,
    );
    const { red, figures } = await verify(database, { queries: 30, efSearch: 12 });
    expect(red).toEqual(["recall"]);
    expect(figures.queries).toBe(30);
    expect((figures.recallVector ?? 0) - (figures.recallHalfvec ?? 0)).toBeGreaterThan(0.1);
  });
});

describe("rows of zeros, which have no direction", () => {
  test("alone: verify is green and says that it had no query", { timeout: SLOW }, async ({ database }) => {
    await insertZeros(database, 12);
    await runUntil(database, "index", PAGES);
    expect(await verify(database)).toMatchObject({
      ok: true,
      red: [],
      figures: { rows: 12, queries: 0, recallHalfvec: null, searchPlan: null },
    });
  });

  test("many of them: all others are sampled all the same", { timeout: SLOW }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 8);
    await insertZeros(database, 300);
    await runUntil(database, "index", PAGES);
    expect(await verify(database, { queries: 8 })).toMatchObject({
      ok: true,
      red: [],
      figures: { rows: 308, queries: 8, recallHalfvec: 1 },
    });
  });
});

describe("after the swap", () => {
  testManySwapped(
    "rows that were written since count as they are, and the recall is held against the old index as it was",
    {
      timeout: SLOW,
    },
    async ({ database }) => {
      const [before] = await database.query<{ recall: number }>(
        `SELECT (figures ->> 'recallVector')::float8 AS recall FROM halfvec_migration.verifications
       WHERE table_name = 'page_embeddings' ORDER BY id DESC LIMIT 1`,
      );
      // Half of the rows, in another order of their elements: they are neighbours of each other, and have no backup.
      const { rowCount } = await database.client.query(
        `UPDATE page_embeddings SET embedding = (subvector(embedding, 769, 768) || subvector(embedding, 1, 768))::halfvec(1536)
       WHERE id IN (SELECT id FROM page_embeddings ORDER BY id LIMIT 150)`,
      );
      expect(rowCount).toBe(150);
      const [left] = await database.query<{ originals: number }>(
        "SELECT count(embedding_vector_backup)::int AS originals FROM page_embeddings",
      );
      expect(left?.originals).toBe(150);

      const { ok, figures } = await verify(database, { queries: 50 });

      expect(figures.checks.filter((check) => !check.ok)).toEqual([]);
      expect(ok).toBe(true);
      expect(figures).toMatchObject({ rows: 300, compared: 150, differing: 0, recallVector: before?.recall });
      expect(figures.checks.map(({ detail }) => detail)).toContain("0 of 150 rows differ from the cast");
      expect(figures.recallVectorOf).toMatch(/^20\d\d-/);
      expect(figures.recallHalfvec).toBeGreaterThan(0.97);
    },
  );

  testSwapped(
    "a table whose rows were all written since is measured as any other",
    { timeout: SLOW },
    async ({ database }) => {
      await database.query(
        "UPDATE page_embeddings SET embedding = (subvector(embedding, 769, 768) || subvector(embedding, 1, 768))::halfvec(1536)",
      );

      const verified = await verify(database);
      expect(verified).toMatchObject({
        ok: true,
        red: [],
        figures: {
          rows: 60,
          compared: 0,
          queries: 60,
          searchPlan: { index: PAGE_EMBEDDINGS.halfvecIndex },
        },
      });
      expect(verified.figures.recallHalfvec).toBeGreaterThan(0.97);
      await database.query(`DROP INDEX ${PAGE_EMBEDDINGS.halfvecIndex}`);
      expect(await verify(database)).toMatchObject({ ok: false, red: ["index", "plan"] });
    },
  );
});

describe("a pass over a table that is rewritten meanwhile", () => {
  /** Counts the rows block by block; after a block, `meanwhile` may do something else. */
  function countRows(
    database: TestDatabase,
    meanwhile: (from: string) => Promise<unknown>,
  ): Promise<number[]> {
    return passOverBlocks<number[]>(
      database.client,
      PAGE_EMBEDDINGS,
      {
        chunkBlocks: 1,
        nothing: () => [],
        read: async (found, from, to) => {
          const rows = await database.query<{ count: number }>(
            "SELECT count(*)::int AS count FROM page_embeddings WHERE ctid >= $1::tid AND ctid < $2::tid",
            [from, to],
          );
          found.push(...rows.map(({ count }) => count));
          await meanwhile(from);
        },
        onProgress: () => {},
      },
      new AbortController().signal,
    );
  }
  const sum = (counts: number[]) => counts.reduce((all, count) => all + count, 0);

  test("begins again, and misses none of the rows that moved", { timeout: SLOW }, async ({ database }) => {
    await insertZeros(database, 300);
    const before = await countRows(database, async () => {});
    expect(before.length).toBeGreaterThan(3);
    // The first block is empty then, so that a rewrite moves rows of the second into it.
    await database.query("DELETE FROM page_embeddings WHERE ctid < '(1,0)'::tid");
    let rewrites = 0;
    const after = await countRows(database, async () => {
      if (rewrites > 0) return;
      rewrites += 1;
      await database.query("VACUUM FULL page_embeddings");
    });
    expect(rewrites).toBe(1);
    expect(sum(after)).toBe(300 - (before[0] ?? 0));
    expect(sum(after)).toBeGreaterThan(0);
  });

  test("refuses where that goes on", { timeout: SLOW }, async ({ database }) => {
    await insertZeros(database, 3);
    let passes = 0;
    const refusal = await refusalOf(
      countRows(database, async (from) => {
        passes += 1;
        expect(from).toBe("(0,0)");
        await database.query("VACUUM FULL page_embeddings");
      }),
    );
    expect(refusal).toMatch(/^page_embeddings was rewritten again and again .*run again/);
    expect(passes).toBe(4);
  });
});
