import { describe, expect } from "vitest";
import { DOCUMENTS, EMBEDDING_TABLES, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { readCatalog } from "../../app/services/halfvec/catalog.ts";
import { findDependents } from "../../app/services/halfvec/dependents/find-dependents.ts";
import { preflight } from "../../app/services/halfvec/preflight/preflight.ts";
import { missingForSwap } from "../../app/services/halfvec/swap-readiness.ts";
import { fillTable } from "../support/embedding-rows.ts";
import { refusalOf, runPhase, runUntil } from "../support/engine.ts";
import { migrate } from "../support/migrate.ts";
import { schemaSnapshot } from "../support/schema-snapshot.ts";
import { test as base, type TestDatabase } from "../support/test.ts";

const test = base.override({ through: "init" });
const SLOW = 120_000;

/** What preflight says about `documents`, without what it says about triggers that merely fire. */
async function saidOf(database: TestDatabase, level: "stop" | "warn"): Promise<string[]> {
  return (await preflight(database.client, EMBEDDING_TABLES))
    .filter((finding) => finding.level === level && finding.table === DOCUMENTS.name)
    .map(({ message }) => message)
    .filter((message) => !message.includes("triggers that fire"));
}

function onSwap(database: TestDatabase) {
  return findDependents(database.client, DOCUMENTS, DOCUMENTS.column, "swap");
}

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
    expect(await onSwap(database)).toMatchObject([{ kind, name, effect: "breaks", table: "documents" }]);
    const stops = await saidOf(database, "stop");
    expect(stops).toEqual([expect.stringContaining(remove)]);
    expect(stops[0]).toMatch(/documents\.embedding/);
    expect(stops[0]).not.toContain("\n");
    await database.query(remove);
    expect(await saidOf(database, "stop")).toEqual([]);
  });

  test("a policy, which is changed rather than dropped", async ({ database }) => {
    await database.query(`
      ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
      CREATE POLICY embedded ON documents USING (embedding IS NOT NULL);
      CREATE POLICY titled ON documents USING (title <> '')`);
    expect(await saidOf(database, "stop")).toEqual([
      expect.stringContaining("ALTER POLICY embedded ON documents"),
    ]);
    await database.query("ALTER POLICY embedded ON documents USING (true)");
    expect(await saidOf(database, "stop")).toEqual([]);
  });

  test("a function with a parsed body, which goes on with its body as text", async ({ database }) => {
    const signature = "FUNCTION near(q vector) RETURNS SETOF uuid LANGUAGE sql";
    const body = "SELECT id FROM documents ORDER BY embedding <=> q LIMIT 3";
    await database.query(`CREATE ${signature} BEGIN ATOMIC ${body}; END`);
    expect(await saidOf(database, "stop")).toEqual([expect.stringContaining("function near(vector)")]);
    await database.query(`CREATE OR REPLACE ${signature} AS $$ ${body} $$`);
    expect(await saidOf(database, "stop")).toEqual([]);
    expect(await saidOf(database, "warn")).toEqual([expect.stringContaining("near(vector) names documents")]);
  });

  test("a publication that lists the column; one that sends them all is told", async ({ database }) => {
    await database.query("CREATE PUBLICATION listed FOR TABLE documents (id, embedding)");
    await database.query("CREATE PUBLICATION without FOR TABLE documents (id, title)");
    await database.query("CREATE PUBLICATION everything FOR TABLE documents");
    expect(await saidOf(database, "stop")).toEqual([
      expect.stringContaining('ALTER PUBLICATION listed DROP TABLE "public"."documents"'),
    ]);
    expect(await saidOf(database, "warn")).toEqual([
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
    const stops = await saidOf(database, "stop");
    expect(stops).toEqual([expect.stringContaining("DROP VIEW low, middle, top (")]);
    await database.query("DROP VIEW low, middle, top");
    expect(await saidOf(database, "stop")).toEqual([]);
  });

  test("all of them at once, a line for each", async ({ database }) => {
    for (const [, , make] of FOLLOWERS) {
      await database.query(make.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"));
    }
    expect((await saidOf(database, "stop")).length).toBe(FOLLOWERS.length);
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
  const found = await onSwap(database);
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
  test("stops the swap, which is asked for by itself", { timeout: SLOW }, async ({ database }) => {
    await fillTable(database, DOCUMENTS, 10);
    await runUntil(database, "verify");
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
    expect(await saidOf(database, "stop")).toEqual([]);
    expect(await missingForSwap(database.client, EMBEDDING_TABLES)).toEqual([]);
  });
});

describe("indexes", () => {
  const OTHERS: [name: string, make: string][] = [
    ["kept", "CREATE INDEX kept ON documents (workspace_id) WHERE embedding IS NOT NULL"],
    [
      "bits",
      "CREATE INDEX bits ON documents USING hnsw ((binary_quantize(embedding)::bit(1536)) bit_hamming_ops)",
    ],
    ["part", "CREATE INDEX part ON documents USING hnsw (embedding vector_cosine_ops) WHERE title = 'part'"],
    [
      "start",
      "CREATE INDEX start ON documents USING hnsw ((subvector(embedding, 1, 64)::vector(64)) vector_l2_ops)",
    ],
  ];

  test.for(OTHERS)(
    "%s: told until the conversion is done, then stops until its counterpart stands",
    {
      timeout: SLOW,
    },
    async ([name, make], { database }) => {
      await fillTable(database, DOCUMENTS, 10);
      await database.query(make);
      expect(await onSwap(database)).toMatchObject([{ kind: "index", name, effect: "told" }]);
      await runUntil(database, "verify");

      const refusal = await refusalOf(runPhase(database, "swap"));
      expect(refusal).toContain(`index ${name} `);
      const [create] = /CREATE INDEX CONCURRENTLY.*/.exec(refusal) ?? [];
      expect(create).toContain(`"${name}_halfvec"`);
      await database.query(create ?? "");
      expect((await onSwap(database)).filter(({ effect }) => effect === "breaks")).toEqual([]);
      await runPhase(database, "swap");

      const [moved] = await database.query<{ now: string }>("SELECT pg_get_indexdef($1::regclass) AS now", [
        `${name}_halfvec`,
      ]);
      expect(moved?.now).toMatch(/\bembedding\b/);
      expect(moved?.now).not.toContain(DOCUMENTS.backup);
    },
  );

  test("of another distance is told with its counterpart, and never stops", { timeout: SLOW }, async ({
    database,
  }) => {
    await fillTable(database, DOCUMENTS, 10);
    await database.query("CREATE INDEX by_length ON documents USING hnsw (embedding vector_l2_ops)");
    await runUntil(database, "verify");
    expect(await onSwap(database)).toMatchObject([
      {
        effect: "told",
        message: expect.stringContaining(
          'CREATE INDEX CONCURRENTLY "by_length_halfvec" ON public.documents USING hnsw (embedding_halfvec halfvec_l2_ops)',
        ),
      },
    ]);
    await runPhase(database, "swap");
    expect((await readCatalog(database.client, DOCUMENTS)).phase).toBe("swapped");
  });

  test("that the migration replaces itself are no finding", async ({ database }) => {
    await database.query("ALTER INDEX documents_embedding_hnsw_idx RENAME TO another_name");
    expect(await onSwap(database)).toEqual([]);
  });
});

test("a privilege on the column alone goes to the twin before the swap, and the reader reads on", {
  timeout: SLOW,
}, async ({ database }) => {
  const role = `reader_${Math.random().toString(36).slice(2, 10)}`;
  await database.query(`CREATE ROLE ${role}; GRANT SELECT (id, embedding) ON documents TO ${role}`);
  try {
    expect(await onSwap(database)).toMatchObject([{ kind: "privilege", name: role, effect: "told" }]);
    await runUntil(database, "verify");
    const refusal = await refusalOf(runPhase(database, "swap"));
    const [grant] = /GRANT .*/.exec(refusal) ?? [];
    await database.query(grant ?? "");
    await runPhase(database, "swap");
    await database.query(`SET ROLE ${role}`);
    await database.query("SELECT id, embedding FROM documents");
  } finally {
    await database.query(`RESET ROLE; DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
});

describe("contract and rollback", () => {
  test("find nothing of our own, and everything of others", { timeout: SLOW }, async ({ database }) => {
    await fillTable(database, DOCUMENTS, 10);
    await fillTable(database, PAGE_EMBEDDINGS, 10);
    await runUntil(database, "index");
    const find = (column: string, change: "contract" | "rollback") =>
      findDependents(database.client, DOCUMENTS, column, change);
    expect(await find(DOCUMENTS.twin, "rollback")).toEqual([]);
    await database.query("CREATE VIEW twins AS SELECT embedding_halfvec FROM documents");
    await database.query(`CREATE FUNCTION count_twins() RETURNS bigint LANGUAGE sql AS
      'SELECT count(embedding_halfvec) FROM documents'`);
    expect(await find(DOCUMENTS.twin, "rollback")).toMatchObject([
      { kind: "view", name: "twins", effect: "breaks" },
      { kind: "function", name: "count_twins()", effect: "breaks" },
    ]);
    await database.query("DROP VIEW twins; DROP FUNCTION count_twins()");

    await runUntil(database, "swap");
    expect(await find(DOCUMENTS.backup, "contract")).toEqual([]);
    expect(await find(DOCUMENTS.column, "rollback")).toEqual([]);
    await database.query(`
      CREATE VIEW originals AS SELECT id, embedding_vector_backup FROM documents;
      CREATE VIEW present AS SELECT id, embedding FROM documents;
      CREATE INDEX backed ON documents (workspace_id) WHERE embedding_vector_backup IS NOT NULL;
      CREATE INDEX by_length ON documents USING hnsw (embedding halfvec_l2_ops);
      CREATE POLICY original ON documents USING (embedding_vector_backup IS NOT NULL);
      CREATE FUNCTION count_backups() RETURNS bigint LANGUAGE sql AS
        'SELECT count(embedding_vector_backup) FROM documents';
      CREATE FUNCTION elsewhere() RETURNS bigint LANGUAGE sql AS
        'SELECT count(embedding_vector_backup) FROM page_embeddings'`);
    expect(await find(DOCUMENTS.backup, "contract")).toMatchObject([
      { kind: "policy", name: "original", effect: "breaks" },
      { kind: "view", name: "originals", effect: "breaks" },
      { kind: "index", name: "backed", effect: "breaks" },
      { kind: "function", name: "count_backups()", effect: "breaks" },
    ]);
    expect(await find(DOCUMENTS.column, "rollback")).toMatchObject([
      { kind: "view", name: "present", effect: "breaks" },
      {
        kind: "index",
        name: "by_length",
        effect: "told",
        message: expect.stringContaining("(embedding_vector_backup vector_l2_ops)"),
      },
    ]);
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
