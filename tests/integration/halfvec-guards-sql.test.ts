import { describe, expect } from "vitest";
import { applyMigration } from "../../app/services/prisma-migrations/apply-migration.ts";
import { findMigration, readMigrations } from "../../app/services/prisma-migrations/migration-files.ts";
import { prepareSwapBack, readDown } from "../support/down-migrations.ts";
import { schemaSnapshot } from "../support/schema-snapshot.ts";
import { test as base, type TestDatabase } from "../support/test.ts";

const test = base.override({ through: "build_documents_halfvec_index" });
const SWAP = "swap_embedding_columns";

const MAKE = `
  CREATE VIEW newest AS SELECT id, embedding FROM page_embeddings;
  CREATE POLICY embedded ON page_embeddings USING (embedding IS NOT NULL);
  CREATE STATISTICS alike (dependencies) ON embedding, created_at FROM page_embeddings`;
const NAMED =
  "policy embedded on table page_embeddings, view newest would follow page_embeddings.embedding to";
const DROP = "DROP VIEW newest; DROP POLICY embedded ON page_embeddings";

async function swap(database: TestDatabase): Promise<void> {
  await database.query(findMigration(await readMigrations(), SWAP).sql);
}

describe("what refers to the column, and would follow it to its other name", () => {
  test("stops the swap under prisma migrate deploy, but for statistics", async ({ database }) => {
    await database.query(MAKE);
    const before = await schemaSnapshot(database);
    await expect(
      applyMigration(database.client, findMigration(await readMigrations(), SWAP)),
    ).rejects.toThrow(`not safe to swap yet: ${NAMED} the backup. Nothing was changed`);
    expect(await schemaSnapshot(database)).toEqual(before);
    await database.query(DROP);
    await swap(database);
  });

  test("stops its down.sql, but for statistics", async ({ database }) => {
    await swap(database);
    await prepareSwapBack(database);
    await database.query(MAKE);
    const before = await schemaSnapshot(database);
    const down = await readDown(SWAP);
    await expect(database.query(down)).rejects.toThrow(
      `not safe to swap back yet: ${NAMED} the twin. Nothing was changed`,
    );
    expect(await schemaSnapshot(database)).toEqual(before);
    await database.query(DROP);
    await database.query(down);
  });
});

test("the bookkeeping is locked only by who drops it", async ({ database }) => {
  const locked = async (more: string) => {
    await database.query("BEGIN");
    await database.query(`SELECT halfvec_migration.lock_tables('{documents,page_embeddings}'${more})`);
    const rows = await database.query<{ name: string }>(
      `SELECT relation::regclass::text AS name FROM pg_locks
       WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock' AND pid = pg_backend_pid() ORDER BY name`,
    );
    await database.query("ROLLBACK");
    return rows.map(({ name }) => name);
  };
  const kept = await database.query<{ name: string }>(
    "SELECT format('halfvec_migration.%I', tablename) AS name FROM pg_tables WHERE schemaname = 'halfvec_migration' ORDER BY name",
  );
  const bookkeeping = kept.map(({ name }) => name);
  expect(bookkeeping).toContain("halfvec_migration.settings");
  expect(await locked("")).toEqual(["documents", "page_embeddings"]);
  expect(await locked(", and_bookkeeping => true")).toEqual(["documents", ...bookkeeping, "page_embeddings"]);
});
