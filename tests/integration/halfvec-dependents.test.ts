import { describe, expect } from "vitest";
import { DOCUMENTS, EMBEDDING_TABLES } from "../../app/embedding-tables.ts";
import { readCatalog } from "../../app/services/halfvec/catalog.ts";
import { preflight } from "../../app/services/halfvec/preflight/preflight.ts";
import { missingForSwap } from "../../app/services/halfvec/swap-readiness.ts";
import { fillTable } from "../support/embedding-rows.ts";
import { refusalOf, runPhase, runUntil } from "../support/engine.ts";
import { migrate } from "../support/migrate.ts";
import { filled, moved } from "../support/migration-states.ts";
import { schemaSnapshot } from "../support/schema-snapshot.ts";
import { testOn } from "../support/test.ts";
import { dependentsAtSwap, saidOfDocuments } from "../support/told-dependents.ts";

const test = testOn("init");
const testVerified = testOn(moved(filled(20), "verify"));
const SLOW = 120_000;

const TOUCH = "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';";

/** What follows a column by its number: name of the kind, how it is made, how it goes, as told or in its place. */
const FOLLOWERS: [kind: string, name: string, make: string, remove: string][] = [
  ["view", "recent", "CREATE VIEW recent AS SELECT id, embedding FROM documents", "DROP VIEW recent"],
  [
    "view",
    '"By Title"',
    `CREATE VIEW "By Title" AS SELECT title FROM documents WHERE embedding IS NOT NULL`,
    'DROP VIEW "By Title"',
  ],
  [
    "materialized view",
    "centre",
    "CREATE MATERIALIZED VIEW centre AS SELECT avg(embedding) FROM documents",
    "DROP MATERIALIZED VIEW centre",
  ],
  [
    "rule",
    "keep",
    "CREATE RULE keep AS ON DELETE TO documents WHERE old.embedding IS NOT NULL DO INSTEAD NOTHING",
    "DROP RULE keep ON documents",
  ],
  [
    "generated column",
    "length",
    "ALTER TABLE documents ADD COLUMN length float8 GENERATED ALWAYS AS (vector_norm(embedding)) STORED",
    "ALTER TABLE documents DROP COLUMN length",
  ],
  [
    "constraint",
    "not_zero",
    "ALTER TABLE documents ADD CONSTRAINT not_zero CHECK (vector_norm(embedding) > 0)",
    "ALTER TABLE documents DROP CONSTRAINT not_zero",
  ],
  [
    "default",
    "embedding",
    `ALTER TABLE documents ALTER COLUMN embedding SET DEFAULT array_fill(1, ARRAY[1536])::vector`,
    "ALTER TABLE documents ALTER COLUMN embedding DROP DEFAULT",
  ],
  [
    "NOT NULL",
    '"public"."documents"."embedding"',
    "ALTER TABLE documents ALTER COLUMN embedding SET NOT NULL",
    'ALTER TABLE "public"."documents" ALTER COLUMN "embedding" DROP NOT NULL',
  ],
  [
    "trigger",
    "stamped",
    `${TOUCH} CREATE TRIGGER stamped BEFORE UPDATE OF embedding ON documents FOR EACH ROW EXECUTE FUNCTION touch()`,
    "DROP TRIGGER stamped ON documents",
  ],
  [
    "trigger",
    "changed",
    `${TOUCH} CREATE TRIGGER changed BEFORE UPDATE ON documents
     FOR EACH ROW WHEN (NEW.embedding IS DISTINCT FROM OLD.embedding) EXECUTE FUNCTION touch()`,
    "DROP TRIGGER changed ON documents",
  ],
];

describe("what follows the column to the backup stops preflight", () => {
  test.for(FOLLOWERS)("%s %s", async ([kind, name, make, remove], { database }) => {
    await database.query(make);
    expect(await dependentsAtSwap(database)).toMatchObject([
      { kind, name, effect: "breaks", table: "documents" },
    ]);
    const stops = await saidOfDocuments(database, "stop");
    expect(stops).toEqual([expect.stringContaining(remove)]);
    expect(stops[0]).toMatch(/documents\.embedding/);
    expect(stops[0]).not.toContain("\n");
    await database.query(remove);
    expect(await saidOfDocuments(database, "stop")).toEqual([]);
  });

  test("a policy, which is changed rather than dropped", async ({ database }) => {
    await database.query(`
      ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
      CREATE POLICY embedded ON documents USING (embedding IS NOT NULL);
      CREATE POLICY titled ON documents USING (title <> '')`);
    expect(await saidOfDocuments(database, "stop")).toEqual([
      expect.stringContaining("ALTER POLICY embedded ON documents"),
    ]);
    await database.query("ALTER POLICY embedded ON documents USING (true)");
    expect(await saidOfDocuments(database, "stop")).toEqual([]);
  });

  test("a function with a parsed body, which goes on with its body as text", async ({ database }) => {
    const signature = "FUNCTION near(q vector) RETURNS SETOF uuid LANGUAGE sql";
    const body = "SELECT id FROM documents ORDER BY embedding <=> q LIMIT 3";
    await database.query(`CREATE ${signature} BEGIN ATOMIC ${body}; END`);
    expect(await saidOfDocuments(database, "stop")).toEqual([
      expect.stringContaining("function near(vector)"),
    ]);
    await database.query(`CREATE OR REPLACE ${signature} AS $$ ${body} $$`);
    expect(await saidOfDocuments(database, "stop")).toEqual([]);
    expect(await saidOfDocuments(database, "warn")).toEqual([
      expect.stringContaining("near(vector) names documents"),
    ]);
  });

  test("a publication that lists the column; one that sends them all is told", async ({ database }) => {
    await database.query("CREATE PUBLICATION listed FOR TABLE documents (id, embedding)");
    await database.query("CREATE PUBLICATION without FOR TABLE documents (id, title)");
    await database.query("CREATE PUBLICATION everything FOR TABLE documents");
    expect(await saidOfDocuments(database, "stop")).toEqual([
      expect.stringContaining('ALTER PUBLICATION listed DROP TABLE "public"."documents"'),
    ]);
    expect(await saidOfDocuments(database, "warn")).toEqual([
      expect.stringMatching(
        /publication everything .* ADD COLUMN IF NOT EXISTS "embedding_halfvec" halfvec\(1536\)/,
      ),
    ]);
  });

  test("with what stands on a view, and not what reads other columns", async ({ database }) => {
    await database.query(`
      CREATE VIEW low AS SELECT id, embedding FROM documents;
      CREATE VIEW middle AS SELECT id FROM low;
      CREATE VIEW top AS SELECT id FROM middle;
      CREATE VIEW titles AS SELECT id, title FROM documents`);
    const stops = await saidOfDocuments(database, "stop");
    expect(stops).toEqual([expect.stringContaining("DROP VIEW low, middle, top (")]);
    await database.query("DROP VIEW low, middle, top");
    expect(await saidOfDocuments(database, "stop")).toEqual([]);
  });

  test("all of them at once, a line for each", async ({ database }) => {
    for (const [, , make] of FOLLOWERS) {
      await database.query(make.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"));
    }
    expect((await saidOfDocuments(database, "stop")).length).toBe(FOLLOWERS.length);
  });

  test("the CLI ends with exit code 3 and has changed nothing", { timeout: SLOW }, async ({ database }) => {
    await database.query("CREATE VIEW recent AS SELECT id, embedding FROM documents");
    const before = await schemaSnapshot(database);
    const run = await migrate(database, "run", "--yes");
    expect(run).toMatchObject({ code: 3, summary: { outcome: "refused" } });
    expect(run.stderr).toContain("view recent refers to documents.embedding");
    expect(await schemaSnapshot(database)).toEqual(before);
  });
});

test("dropped as told and made again as told, everything works on the halfvec column", {
  timeout: SLOW,
}, async ({ database }) => {
  await fillTable(database, DOCUMENTS, 10);
  for (const [, , make] of FOLLOWERS) {
    await database.query(make.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"));
  }
  const found = await dependentsAtSwap(database);
  for (const [, , , remove] of FOLLOWERS) await database.query(remove);
  await runUntil(database, "swap");
  for (const { definition } of found) {
    await database.query((definition ?? "").replaceAll("vector_norm(", "l2_norm("));
  }
  const [row] = await database.query<{ id: string; length: number }>(
    `INSERT INTO documents (id, workspace_id, title, content) VALUES (gen_random_uuid(), gen_random_uuid(), 'new', '')
     RETURNING id, length`,
  );
  expect(row?.length).toBeCloseTo(Math.sqrt(DOCUMENTS.dimensions));
  expect(
    await database.query("SELECT FROM recent WHERE id = $1 AND embedding IS NOT NULL", [row?.id]),
  ).toHaveLength(1);
  await expect(
    database.query("UPDATE documents SET embedding = NULL WHERE id = $1", [row?.id]),
  ).rejects.toThrow(/null value in column "embedding"/);
});

describe("what comes up after preflight", () => {
  testVerified("stops the swap, which is asked for by itself", { timeout: SLOW }, async ({ database }) => {
    await database.query("CREATE VIEW late AS SELECT embedding FROM documents");
    const before = await schemaSnapshot(database);
    expect(await refusalOf(runPhase(database, "swap"))).toContain("view late refers to documents.embedding");
    expect(await schemaSnapshot(database)).toEqual(before);
    await database.query("DROP VIEW late");
    await runPhase(database, "swap");
    expect((await readCatalog(database.client, DOCUMENTS)).phase).toBe("swapped");
  });

  test("is not looked for any more after the swap", { timeout: SLOW }, async ({ database }) => {
    await runUntil(database, "swap");
    await database.query("CREATE VIEW late AS SELECT embedding FROM documents");
    expect(await saidOfDocuments(database, "stop")).toEqual([]);
    expect(await missingForSwap(database.client, EMBEDDING_TABLES)).toEqual([]);
  });
});

test("a table that others inherit from cannot be moved by itself", async ({ database }) => {
  await database.query("CREATE TABLE more_documents () INHERITS (documents)");
  const findings = await preflight(database.client, EMBEDDING_TABLES);
  expect(findings.filter(({ level }) => level === "stop")).toEqual([
    expect.objectContaining({ table: "documents", message: expect.stringContaining("more_documents") }),
  ]);
});

describe("plan", () => {
  test("says what would stop a run, with exit code 3, and changes nothing", { timeout: SLOW }, async ({
    database,
  }) => {
    await database.query("CREATE VIEW newest AS SELECT id, embedding FROM documents");
    const before = await schemaSnapshot(database);
    const stopped = await migrate(database, "plan");
    expect(stopped.code).toBe(3);
    expect(stopped.events).toEqual([
      expect.objectContaining({
        event: "plan",
        findings: expect.arrayContaining([
          {
            level: "stop",
            table: "documents",
            message: expect.stringMatching(/^view newest refers to documents\.embedding/),
          },
        ]),
      }),
    ]);
    expect(await schemaSnapshot(database)).toEqual(before);
    await database.query("DROP VIEW newest");
    expect(await migrate(database, "plan")).toMatchObject({ code: 0 });
  });
});
