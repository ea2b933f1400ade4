import pg from "pg";
import { describe, expect } from "vitest";
import {
  BLOCK_EMBEDDINGS,
  DOCUMENTS,
  EMBEDDING_TABLES,
  PAGE_EMBEDDINGS,
} from "../../app/embedding-tables.ts";
import { readCatalog } from "../../app/services/halfvec/catalog.ts";
import { horizonHolder } from "../../app/services/halfvec/convert/horizon.ts";
import { readStatus } from "../../app/services/halfvec/status.ts";
import { countDifferingFromBackup } from "../support/embedding-rows.ts";
import { refusalOf, runPhase, runUntil } from "../support/engine.ts";
import { migrate } from "../support/migrate.ts";
import { appliedMigrations, conversionRecord, countUnconvertedRows } from "../support/migration-records.ts";
import { filled, moved } from "../support/migration-states.ts";
import { prismaMigrate } from "../support/prisma-cli.ts";
import { schemaSnapshot } from "../support/schema-snapshot.ts";
import { type TestDatabase, testOn } from "../support/test.ts";

const FILLED = filled(20);
const test = testOn(FILLED);
const testBoth = testOn(filled(20, 20));
const testExpanded = testOn(moved(FILLED, "expand"));
const testIndexed = testOn(moved(FILLED, "index"));
const testVerified = testOn(moved(FILLED, "verify"));
const SLOW = 120_000;
const TRIGGER = "zz_halfvec_keep_twin";

const DISABLE = `ALTER TABLE page_embeddings DISABLE TRIGGER ${TRIGGER}`;
const DROP = `DROP TRIGGER ${TRIGGER} ON page_embeddings`;
const CREATE_ALWAYS = `
  CREATE TRIGGER ${TRIGGER} BEFORE INSERT OR UPDATE ON page_embeddings
  FOR EACH ROW EXECUTE FUNCTION halfvec_migration.keep_twin('id');
  ALTER TABLE page_embeddings ENABLE ALWAYS TRIGGER ${TRIGGER}`;
/** The trigger stands again afterwards, but one row escaped it. */
const ESCAPE = `
  ALTER TABLE page_embeddings DISABLE TRIGGER ALL;
  UPDATE page_embeddings SET embedding = embedding + embedding WHERE id = (SELECT min(id::text)::uuid FROM page_embeddings);
  ALTER TABLE page_embeddings ENABLE TRIGGER ALL`;

/** The schema, the phases and the rows: what a refusal must leave alone. */
async function everything(database: TestDatabase) {
  const phases: string[] = [];
  for (const table of EMBEDDING_TABLES) phases.push((await readCatalog(database.client, table)).phase);
  const rows = await database.query("SELECT id, xmin::text FROM page_embeddings ORDER BY id");
  return { schema: await schemaSnapshot(database), phases, rows };
}

const deploy = (database: TestDatabase) => prismaMigrate(database, ["deploy"]);

describe("convert without the trigger that keeps twins", () => {
  testExpanded(
    "disabled: refuses with exit code 3, names it, and changes nothing",
    {
      timeout: SLOW,
    },
    async ({ database }) => {
      await database.query(DISABLE);
      const before = await everything(database);
      expect(await migrate(database, "convert")).toMatchObject({
        code: 3,
        stderr: expect.stringContaining(TRIGGER),
        summary: { outcome: "refused", message: expect.stringContaining("page_embeddings") },
      });
      expect(await everything(database)).toEqual(before);
      expect(await database.query("SELECT FROM halfvec_migration.conversions")).toEqual([]);
    },
  );

  testExpanded(
    "missing, or not for every session: refuses, and goes on when it stands again",
    {
      timeout: SLOW,
    },
    async ({ database }) => {
      await database.query(DROP);
      const before = await everything(database);
      expect(await refusalOf(runPhase(database, "convert"))).toContain(TRIGGER);
      expect(await everything(database)).toEqual(before);

      await database.query(CREATE_ALWAYS);
      await database.query(`ALTER TABLE page_embeddings ENABLE TRIGGER ${TRIGGER}`);
      expect(await refusalOf(runPhase(database, "convert"))).toContain(TRIGGER);
      await database.query(`ALTER TABLE page_embeddings ENABLE ALWAYS TRIGGER ${TRIGGER}`);
      await runPhase(database, "convert");
      expect(await countUnconvertedRows(database, PAGE_EMBEDDINGS)).toBe(0);
    },
  );
});

describe("the swap after a green verify", () => {
  testVerified.for([
    ["dropped", DROP],
    ["disabled", DISABLE],
    ["disabled for one write and enabled again", ESCAPE],
  ])(
    "refuses where the trigger was %s, from run and from prisma migrate deploy",
    { timeout: SLOW },
    async ([, sql], { database }) => {
      await database.query(sql ?? "");
      const before = await everything(database);

      expect(await deploy(database)).toMatchObject({ code: 1, output: expect.stringContaining(TRIGGER) });
      expect(await everything(database)).toEqual(before);

      const refusal = await refusalOf(runPhase(database, "swap"));
      expect(refusal).toContain(TRIGGER);
      expect(refusal).toContain("page_embeddings");
      expect(await everything(database)).toEqual(before);
      expect(await appliedMigrations(database)).not.toContain("swap_embedding_columns");
    },
  );

  testVerified(
    "verify finds the row that escaped; mended and verified, it swaps",
    { timeout: SLOW },
    async ({ database }) => {
      await database.query(ESCAPE);
      const red = await refusalOf(runPhase(database, "verify"));
      expect(red).toContain("page_embeddings: 1 of 20 rows differ from the cast");
      expect(red).toContain(TRIGGER);

      await database.query(`ALTER TABLE page_embeddings ENABLE ALWAYS TRIGGER ${TRIGGER}`);
      expect(await refusalOf(runPhase(database, "verify"))).not.toContain(TRIGGER);
      expect(await refusalOf(runPhase(database, "swap"))).toContain("page_embeddings");
      await database.query("UPDATE page_embeddings SET updated_at = now()");
      await runUntil(database, "swap");
      expect(await countDifferingFromBackup(database, PAGE_EMBEDDINGS)).toBe(0);
    },
  );

  test("drops every approximate index of the old column, whatever its name", { timeout: SLOW }, async ({
    database,
  }) => {
    await database.query("ALTER INDEX page_embeddings_embedding_idx RENAME TO as_it_was_called_here");
    await database.query("CREATE INDEX by_length ON page_embeddings USING hnsw (embedding vector_l2_ops)");
    await runUntil(database, "swap");
    const { indexes } = await readCatalog(database.client, PAGE_EMBEDDINGS);
    expect(
      indexes.filter((index) => index.method !== "btree").map(({ name, column }) => [name, column]),
    ).toEqual([[PAGE_EMBEDDINGS.halfvecIndex, "embedding"]]);
  });
});

testVerified(
  "a trigger that was off for a moment and put on again voids the verification",
  {
    timeout: SLOW,
  },
  async ({ database }) => {
    await database.query(ESCAPE);
    await database.query(`ALTER TABLE page_embeddings ENABLE ALWAYS TRIGGER ${TRIGGER}`);
    const before = await everything(database);
    expect(await refusalOf(runPhase(database, "swap"))).toMatch(
      /page_embeddings is not verified since its trigger or index changed/,
    );
    expect(await deploy(database)).toMatchObject({
      code: 1,
      output: expect.stringContaining(
        "page_embeddings is not verified, or its trigger or index is another since",
      ),
    });
    expect(await everything(database)).toEqual(before);
  },
);

describe("swap by itself", () => {
  testBoth(
    "is one phase: it names what each table lacks, and does none of it",
    { timeout: SLOW },
    async ({ database }) => {
      const baseline = await everything(database);
      expect(await refusalOf(runPhase(database, "swap"))).toContain("page_embeddings");
      expect(await everything(database)).toEqual(baseline);
      expect(await appliedMigrations(database)).toEqual(["init"]);

      await runUntil(database, "convert");
      const converted = await everything(database);
      const unindexed = await refusalOf(runPhase(database, "swap"));
      for (const table of EMBEDDING_TABLES) expect(unindexed).toContain(table.name);
      expect(await everything(database)).toEqual(converted);
      expect(await appliedMigrations(database)).toEqual(["init", "add_halfvec_columns"]);

      await runUntil(database, "verify", { tables: [PAGE_EMBEDDINGS, BLOCK_EMBEDDINGS] });
      await runUntil(database, "index", { tables: [DOCUMENTS] });
      const some = await everything(database);
      const rest = await refusalOf(runPhase(database, "swap"));
      expect(rest).toMatch(/documents is not verified/);
      expect(rest).toMatch(/database_row_embeddings.*index/);
      expect(rest).not.toMatch(/page_embeddings|block_embeddings/);
      expect(await everything(database)).toEqual(some);

      await runUntil(database, "verify");
      await runPhase(database, "swap");
      expect((await everything(database)).phases).toEqual(EMBEDDING_TABLES.map(() => "swapped"));
    },
  );

  testBoth(
    "--tables with one of several: that one is verified, and the refusal names the others",
    {
      timeout: SLOW,
    },
    async ({ database }) => {
      const run = await migrate(database, "run", "--yes", "--tables", "documents");
      expect(run).toMatchObject({ code: 3, summary: { outcome: "refused" } });
      expect(run.summary?.message).toContain("page_embeddings");
      expect(run.summary?.message).not.toContain("documents");
      const { tables } = await readStatus(database.client, [DOCUMENTS, PAGE_EMBEDDINGS]);
      expect(tables).toMatchObject([
        { phase: "indexed", verification: { ok: true } },
        { phase: "expanded", verification: null },
      ]);
    },
  );
});

testIndexed(
  "rows that are converted while an index stands on the twin are not counted as HOT",
  {
    timeout: SLOW,
  },
  async ({ database }) => {
    const hot = () =>
      database.query(
        "SELECT rows_hot::int AS rows FROM halfvec_migration.conversions WHERE table_name = 'page_embeddings'",
      );
    const before = await hot();
    await database.query(DROP);
    await database.query(`
    CREATE TABLE inserted AS WITH new AS (
      INSERT INTO page_embeddings (page_id, workspace_id, embedding)
      SELECT page_id, workspace_id, embedding FROM page_embeddings LIMIT 10 RETURNING id, ctid
    ) SELECT id, (ctid::text::point)[0] AS block FROM new`);
    await database.query(CREATE_ALWAYS);
    await runPhase(database, "convert");
    expect(await conversionRecord(database, PAGE_EMBEDDINGS)).toMatchObject({
      converted: 30,
      finished: true,
    });
    // These stayed on their page, as a row does that is HOT.
    const [stayed] = await database.query<{ rows: number }>(
      `SELECT count(*)::int AS rows FROM page_embeddings t JOIN inserted i USING (id)
     WHERE (t.ctid::text::point)[0] = i.block`,
    );
    expect(stayed?.rows).toBeGreaterThan(0);
    expect(await hot()).toEqual(before);
  },
);

/** What is named while the tests of other files have short transactions of their own on the server. */
const named = (database: TestDatabase) =>
  expect.poll(() => horizonHolder(database.client, 0), { timeout: 20_000, interval: 20 });

test("a session that only wrote and is idle in its transaction is named as what holds back pruning", {
  tags: ["server"],
}, async ({ database }) => {
  await named(database).toBeNull();
  const holder = await database.connect();
  await holder.query("BEGIN");
  await holder.query("UPDATE page_embeddings SET updated_at = now()");
  const [session] = await database.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity
     WHERE datname = current_database() AND state = 'idle in transaction' AND backend_xmin IS NULL`,
  );
  expect(session).toBeDefined();
  await named(database).toContain(`session ${session?.pid} `);
  await holder.query("ROLLBACK");
  await named(database).toBeNull();
});

test("one that wrote in another database of the server holds it back too, and is named with it", {
  tags: ["server"],
}, async ({ database }) => {
  const elsewhere = new URL(database.url);
  elsewhere.pathname = "/postgres";
  const holder = new pg.Client({ connectionString: elsewhere.href });
  await holder.connect();
  try {
    await holder.query("BEGIN");
    const { rows } = await holder.query<{ pid: number }>(
      "SELECT pg_backend_pid() AS pid, pg_current_xact_id()",
    );
    await named(database).toMatch(new RegExp(`^session ${rows[0]?.pid} .* open in database postgres since`));
  } finally {
    await holder.end();
  }
});
