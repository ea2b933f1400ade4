import { readFile } from "node:fs/promises";
import { describe, expect } from "vitest";
import { InterruptedError } from "../../app/services/halfvec/errors.ts";
import { deployThrough } from "../../app/services/prisma-migrations/apply-migration.ts";
import { AT_ONCE, contractMigrations, SWAPPED } from "../support/contracting.ts";
import { checksums } from "../support/embedding-rows.ts";
import { goBack } from "../support/engine.ts";
import { migrateIn } from "../support/migrate.ts";
import { filled, moved } from "../support/migration-states.ts";
import { schemaSnapshot } from "../support/schema-snapshot.ts";
import { phases } from "../support/table-phases.ts";
import { type TestDatabase, testOn } from "../support/test.ts";
import { createWorkingCopy } from "../support/working-copy.ts";

const test = testOn(SWAPPED);
const testAtBaseline = testOn("init");
const testVerified = testOn(moved(filled(20), "verify"));
const SLOW = 240_000;

/** What contract must leave alone when it refuses. */
async function everything(database: TestDatabase, directory: string) {
  return [await schemaSnapshot(database), await checksums(database), await contractMigrations(directory)];
}

describe("contract refuses with exit code 3 and changes nothing", () => {
  const REFUSALS: [name: string, args: string[], arrange: string | null, message: RegExp][] = [
    ["before 30 days have passed", ["contract", "--yes"], null, /the swap was less than a day ago.*30 days/],
    [
      "before the days that were asked for",
      ["contract", "--yes", "--after-days", "5"],
      `UPDATE halfvec_migration.settings SET value = to_jsonb(now() - interval '4 days') WHERE name = 'swapped_at'`,
      /the swap was 4 days ago.*contract waits 5 days/,
    ],
    [
      "one day after the swap",
      ["contract", "--yes", "--after-days", "5"],
      `UPDATE halfvec_migration.settings SET value = to_jsonb(now() - interval '25 hours') WHERE name = 'swapped_at'`,
      /the swap was 1 day ago/,
    ],
    [
      "while the values are not the cast of their originals",
      AT_ONCE,
      `ALTER TABLE page_embeddings DISABLE TRIGGER ALL;
       UPDATE page_embeddings SET embedding = (SELECT embedding FROM documents LIMIT 1)
       WHERE id = (SELECT min(id::text)::uuid FROM page_embeddings);
       ALTER TABLE page_embeddings ENABLE ALWAYS TRIGGER zz_halfvec_clear_backup`,
      /verify of page_embeddings is not green.*1 of 60 rows differ/,
    ],
    [
      "while a view reads the backup",
      AT_ONCE,
      "CREATE VIEW originals AS SELECT id, embedding_vector_backup FROM documents",
      /originals/,
    ],
    [
      "while an index stands on the backup",
      AT_ONCE,
      "CREATE INDEX on_backup ON documents ((vector_norm(embedding_vector_backup)))",
      /on_backup/,
    ],
    [
      "while a function names the backup",
      AT_ONCE,
      `CREATE FUNCTION norms() RETURNS SETOF float8 LANGUAGE sql
       AS 'SELECT vector_norm(embedding_vector_backup) FROM documents'`,
      /norms/,
    ],
    [
      "while a policy reads the backup",
      AT_ONCE,
      "CREATE POLICY kept ON documents USING (embedding_vector_backup IS NOT NULL)",
      /kept/,
    ],
    [
      "where nobody is there to be asked",
      ["contract", "--after-days", "0"],
      null,
      /nobody is here to be asked/,
    ],
    [
      "where it cannot return the space as asked",
      [...AT_ONCE, "--reclaim", "pg_repack"],
      null,
      /there is no program pg_repack|pg_repack is not in this database|this server has no pg_repack/,
    ],
  ];

  test.for(REFUSALS)("%s", { timeout: SLOW }, async ([, args, arrange, message], { database }) => {
    await database.query(arrange ?? "SELECT 1");
    const directory = await createWorkingCopy();
    const before = await everything(database, directory);
    const run = await migrateIn(directory, database, ...args);
    expect(run).toMatchObject({ code: 3, summary: { outcome: "refused" } });
    expect(run.stderr).toMatch(message);
    expect(await everything(database, directory)).toEqual(before);
  });

  testVerified("where nothing is swapped", { timeout: SLOW }, async ({ database }) => {
    const directory = await createWorkingCopy();
    const before = await everything(database, directory);
    const run = await migrateIn(directory, database, ...AT_ONCE);
    expect(run).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("page_embeddings is not swapped"),
    });
    expect(await everything(database, directory)).toEqual(before);
  });

  test("while a rollback has begun", { timeout: SLOW }, async ({ database }) => {
    const directory = await createWorkingCopy();
    const goingBack = goBack(database, "baseline", ({ event }) => event === "proved");
    await expect(goingBack).rejects.toThrow(InterruptedError);
    const before = await everything(database, directory);
    const run = await migrateIn(directory, database, ...AT_ONCE);
    expect(run).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("a rollback of page_embeddings"),
    });
    expect(await everything(database, directory)).toEqual(before);
  });
});

testAtBaseline(
  "a database without the tables is refused in words",
  { timeout: SLOW },
  async ({ database }) => {
    await database.query("ALTER TABLE documents RENAME TO elsewhere");
    const run = await migrateIn(".", database, ...AT_ONCE, "--reclaim", "vacuum-full");
    expect(run).toMatchObject({ code: 3, stderr: expect.stringContaining("there is no table documents") });
  },
);

describe("the migration of contract under prisma migrate deploy", () => {
  const CONTRACT = "prisma/contract/migration.sql";

  test.for([
    ["before its time", null, /page_embeddings was swapped less than 30 days ago/],
    [
      "without a verify since the swap",
      "UPDATE halfvec_migration.settings SET value = to_jsonb(now() - interval '40 days') WHERE name = 'swapped_at'; DELETE FROM halfvec_migration.verifications",
      /page_embeddings was not verified since the swap/,
    ],
    [
      "while a view reads a backup",
      "CREATE VIEW originals AS SELECT id, embedding_vector_backup FROM documents",
      /view originals refers to documents\.embedding_vector_backup/,
    ],
    [
      "while an index stands on a backup",
      "CREATE INDEX on_backup ON documents ((vector_norm(embedding_vector_backup)))",
      /index on_backup refers to documents\.embedding_vector_backup/,
    ],
  ] as const)("refuses %s", { timeout: SLOW }, async ([, arrange, message], { database }) => {
    await database.query(arrange ?? "SELECT 1");
    const before = await schemaSnapshot(database);
    await expect(database.query(await readFile(CONTRACT, "utf8"))).rejects.toThrow(message);
    expect(await schemaSnapshot(database)).toEqual(before);
  });

  testAtBaseline("goes through on a database without rows", { timeout: SLOW }, async ({ database }) => {
    await deployThrough(database.client);
    await database.query(await readFile(CONTRACT, "utf8"));
    expect(await phases(database)).toEqual(["contracted"]);
    await expect(database.query(await readFile("prisma/contract/down.sql", "utf8"))).rejects.toThrow(
      /contract cannot be undone/,
    );
  });
});
