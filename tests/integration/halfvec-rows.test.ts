import { describe, expect } from "vitest";
import { DOCUMENTS, EMBEDDING_DIMENSIONS, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { constantVector, countDifferingFromBackup, fillTable } from "../support/embedding-rows.ts";
import { migrate } from "../support/migrate.ts";
import { test as base, type TestDatabase } from "../support/test.ts";

const test = base.override({ through: "init" });
const SLOW = 240_000;
const WORKSPACE = "00000000-0000-4000-8000-000000000001";

async function insertPage(database: TestDatabase, embedding: string | null, text = ""): Promise<string> {
  const [row] = await database.query<{ id: string }>(
    `INSERT INTO page_embeddings (page_id, workspace_id, chunk_text, embedding)
     VALUES (gen_random_uuid(), $1, $2, $3::vector) RETURNING id`,
    [WORKSPACE, text, embedding],
  );
  return row?.id ?? "";
}

/** A vector of 0.5 with one element of `value`. */
function withOne(value: number): string {
  return `[${value},${constantVector(EMBEDDING_DIMENSIONS - 1, 0.5).slice(1)}`;
}

async function twin(
  database: TestDatabase,
  id: string,
): Promise<{ empty: boolean; equal: boolean | null } | undefined> {
  const [row] = await database.query<{ empty: boolean; equal: boolean | null }>(
    `SELECT embedding_halfvec IS NULL AS empty, embedding_halfvec = embedding::halfvec(1536) AS equal
     FROM page_embeddings WHERE id = $1`,
    [id],
  );
  return row;
}

describe("unusual rows", () => {
  test("rows without an embedding stay without one", { timeout: SLOW }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 20);
    await database.query("UPDATE page_embeddings SET embedding = NULL WHERE chunk_index = 0");
    const [before] = await database.query(
      "SELECT count(*) AS rows, count(embedding) AS filled FROM page_embeddings",
    );
    expect(await migrate(database, "run", "--yes")).toMatchObject({ code: 0 });
    expect(
      await database.query("SELECT count(*) AS rows, count(embedding) AS filled FROM page_embeddings"),
    ).toEqual([before]);
    expect(await countDifferingFromBackup(database, PAGE_EMBEDDINGS)).toBe(0);
  });

  test("one row, a row of zeros, the largest and the smallest values", { timeout: SLOW }, async ({
    database,
  }) => {
    await insertPage(database, constantVector(EMBEDDING_DIMENSIONS, 0));
    expect(await migrate(database, "run", "--until", "verify")).toMatchObject({ code: 0 });
    for (const value of [65_504, -65_504, 65_519, 1e-8, -0]) await insertPage(database, withOne(value));
    const run = await migrate(database, "run", "--yes");
    expect(run).toMatchObject({ code: 0 });
    expect(
      await database.query(
        `SELECT (embedding::vector::real[])[1] AS first FROM page_embeddings ORDER BY created_at OFFSET 1`,
      ),
    ).toEqual([65_504, -65_504, 65_504, 0, 0].map((first) => ({ first })));
    expect(await countDifferingFromBackup(database, PAGE_EMBEDDINGS)).toBe(0);
  });

  test("a value beyond the range is set aside with its key, the others go on, the swap refuses", {
    timeout: SLOW,
  }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 30);
    const bad = await insertPage(database, withOne(70_000));
    const edge = await insertPage(database, withOne(65_520));
    const refused = await migrate(database, "run", "--yes");
    expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining("2 of them set aside") });
    const event = refused.events.find((line) => line.event === "set-aside");
    expect(event).toMatchObject({ table: "page_embeddings", rows: 2 });
    expect(event?.examples).toEqual(
      expect.arrayContaining(
        [bad, edge].map((id) => ({ key: { id }, reason: "a value is beyond the range of halfvec (65504)" })),
      ),
    );
    expect(
      await database.query(
        "SELECT count(*)::int AS rows FROM page_embeddings WHERE embedding_halfvec IS NULL",
      ),
    ).toEqual([{ rows: 2 }]);
    await database.query("UPDATE page_embeddings SET embedding = $2::vector WHERE id = $1", [
      bad,
      withOne(7),
    ]);
    await database.query("DELETE FROM page_embeddings WHERE id = $1", [edge]);
    expect(await migrate(database, "run", "--yes")).toMatchObject({ code: 0 });
    expect(await countDifferingFromBackup(database, PAGE_EMBEDDINGS)).toBe(0);
  });

  test("rows that fill half a page each", { timeout: SLOW }, async ({ database }) => {
    await database.query("ALTER TABLE page_embeddings ALTER COLUMN chunk_text SET STORAGE PLAIN");
    const vector = withOne(1);
    for (let row = 0; row < 40; row++) await insertPage(database, vector, "x".repeat(3800));
    const [size] = await database.query<{ pages: number }>(
      "SELECT pg_relation_size('page_embeddings')::int / 8192 AS pages",
    );
    expect(size?.pages).toBe(20);
    const run = await migrate(database, "run", "--yes");
    expect(run).toMatchObject({ code: 0 });
    expect(await countDifferingFromBackup(database, PAGE_EMBEDDINGS)).toBe(0);
    expect(
      await database.query("SELECT count(*)::int AS rows FROM page_embeddings WHERE embedding IS NULL"),
    ).toEqual([{ rows: 0 }]);
  });

  test("verify finds a twin that differs, whoever made it differ", { timeout: SLOW }, async ({
    database,
  }) => {
    await fillTable(database, DOCUMENTS, 20);
    await migrate(database, "run", "--until", "index");
    await database.query("ALTER TABLE documents DISABLE TRIGGER zz_halfvec_keep_twin");
    await database.query(
      "UPDATE documents SET embedding_halfvec = embedding_halfvec + embedding_halfvec WHERE id = (SELECT min(id::text)::uuid FROM documents)",
    );
    const untriggered = await migrate(database, "verify", "--tables", "documents");
    expect(untriggered.stderr).toContain("1 of 20 rows differ from the cast");
    expect(untriggered.stderr).toContain("zz_halfvec_keep_twin is missing or disabled");
    await database.query("ALTER TABLE documents ENABLE ALWAYS TRIGGER zz_halfvec_keep_twin");
    expect(await migrate(database, "run", "--yes")).toMatchObject({ code: 3 });
    await database.query("UPDATE documents SET updated_at = now()");
    expect(await migrate(database, "run", "--yes")).toMatchObject({ code: 0 });
    expect(await countDifferingFromBackup(database, DOCUMENTS)).toBe(0);
  });
});

describe("the trigger that keeps twins", () => {
  const test = base.override({ through: "add_halfvec_columns" });

  test("follows inserts, updates of anything, hand-written twins and emptied embeddings", async ({
    database,
  }) => {
    const id = await insertPage(database, withOne(0.25));
    expect(await twin(database, id)).toEqual({ empty: false, equal: true });
    await database.query("UPDATE page_embeddings SET embedding = $2::vector WHERE id = $1", [
      id,
      withOne(0.75),
    ]);
    expect(await twin(database, id)).toEqual({ empty: false, equal: true });
    await database.query("UPDATE page_embeddings SET embedding_halfvec = $2::halfvec WHERE id = $1", [
      id,
      withOne(9),
    ]);
    expect(await twin(database, id)).toEqual({ empty: false, equal: true });
    await database.query("UPDATE page_embeddings SET embedding = NULL WHERE id = $1", [id]);
    expect(await twin(database, id)).toEqual({ empty: true, equal: null });
  });

  test("heals a row that escaped it, at the next write of any column", async ({ database }) => {
    await database.query("ALTER TABLE page_embeddings DISABLE TRIGGER zz_halfvec_keep_twin");
    const id = await insertPage(database, withOne(0.25));
    await database.query("ALTER TABLE page_embeddings ENABLE ALWAYS TRIGGER zz_halfvec_keep_twin");
    expect(await twin(database, id)).toEqual({ empty: true, equal: null });
    await database.query("UPDATE page_embeddings SET chunk_text = 'new' WHERE id = $1", [id]);
    expect(await twin(database, id)).toEqual({ empty: false, equal: true });
  });

  test("sees what other triggers made of the row", async ({ database }) => {
    await database.query(`CREATE FUNCTION halve() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN NEW.embedding := NEW.embedding * NEW.embedding; RETURN NEW; END $$`);
    await database.query(
      "CREATE TRIGGER z_halve BEFORE INSERT ON page_embeddings FOR EACH ROW EXECUTE FUNCTION halve()",
    );
    const id = await insertPage(database, withOne(4));
    expect(await twin(database, id)).toEqual({ empty: false, equal: true });
  });

  test("never fails a write: not for a value out of range, an empty search_path or a role without rights", async ({
    database,
  }) => {
    const other = await database.connect();
    const role = `writer_${Math.random().toString(36).slice(2, 10)}`;
    await database.query(`CREATE ROLE ${role}`);
    try {
      await database.query(`GRANT SELECT, INSERT ON page_embeddings TO ${role}`);
      await other.query(`SET ROLE ${role}`);
      const [{ schema } = { schema: "" }] = await database.query<{ schema: string }>(
        "SELECT extnamespace::regnamespace::text AS schema FROM pg_extension WHERE extname = 'vector'",
      );
      await other.query("SET search_path = ''");
      await other.query(
        `INSERT INTO public.page_embeddings (page_id, workspace_id, embedding)
         VALUES (gen_random_uuid(), $1, $2::${schema}.vector), (gen_random_uuid(), $1, $3::${schema}.vector)`,
        [WORKSPACE, withOne(70_000), withOne(7)],
      );
    } finally {
      // On the embedded database all connections are one session.
      await other.query("RESET ROLE; RESET search_path");
      await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
    expect(
      await database.query("SELECT embedding_halfvec IS NULL AS empty FROM page_embeddings ORDER BY empty"),
    ).toEqual([{ empty: false }, { empty: true }]);
    expect(await database.query("SELECT table_name, reason FROM halfvec_migration.set_aside")).toEqual([
      { table_name: "page_embeddings", reason: "a value is beyond the range of halfvec (65504)" },
    ]);
  });

  test("works for what a replication worker writes", async ({ database }) => {
    await database.query("SET session_replication_role = replica");
    const id = await insertPage(database, withOne(0.25));
    await database.query("RESET session_replication_role");
    expect(await twin(database, id)).toEqual({ empty: false, equal: true });
  });
});

describe("the trigger that clears backups", () => {
  test("keeps the original of rows that do not change, and clears it where the embedding does", {
    timeout: SLOW,
  }, async ({ database }) => {
    const kept = await insertPage(database, withOne(0.123456789));
    const changed = await insertPage(database, withOne(0.25));
    const emptied = await insertPage(database, withOne(0.5));
    await migrate(database, "run", "--yes");
    await database.query("UPDATE page_embeddings SET chunk_text = 'new' WHERE id = $1", [kept]);
    await database.query("UPDATE page_embeddings SET embedding = $2::vector WHERE id = $1", [
      changed,
      withOne(3),
    ]);
    await database.query("UPDATE page_embeddings SET embedding = NULL WHERE id = $1", [emptied]);
    const fresh = await insertPage(database, withOne(2));
    const rows = await database.query<{ id: string; backup: number | null; now: number | null }>(
      `SELECT id, (embedding_vector_backup::real[])[1] AS backup, (embedding::vector::real[])[1] AS now FROM page_embeddings`,
    );
    const first = Object.fromEntries(rows.map((row) => [row.id, [row.backup, row.now]]));
    expect(first[kept]?.[0]).toBeCloseTo(0.123456789, 8);
    expect(first[changed]).toEqual([null, 3]);
    expect(first[emptied]).toEqual([null, null]);
    expect(first[fresh]).toEqual([null, 2]);
  });
});
