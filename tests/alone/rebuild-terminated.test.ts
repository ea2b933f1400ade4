import { describe, expect } from "vitest";
import { DOCUMENTS, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { readCatalog } from "../../app/services/halfvec/catalog.ts";
import { checksums, fillTable } from "../support/embedding-rows.ts";
import { holdLock } from "../support/held-locks.ts";
import { migrate } from "../support/migrate.ts";
import { checksumOfVectors } from "../support/migration-records.ts";
import { type RunningMigration, startMigration } from "../support/running-migration.ts";
import { schemaSnapshot } from "../support/schema-snapshot.ts";
import { test as base, type TestDatabase } from "../support/test.ts";

const test = base.override({ through: "init" });
const SLOW = 180_000;

/** The index that the last build of a rollback makes. */
async function rebuiltIndex(database: TestDatabase) {
  const { indexes } = await readCatalog(database.client, DOCUMENTS);
  return indexes.flatMap(({ name, valid }) => (name === DOCUMENTS.vectorIndex ? [{ name, valid }] : []));
}

/**
 * Stands in the way of the last index build of a rollback once that has made its entry in the catalog.
 * @returns the build's process id on the server, and how to step aside.
 */
async function holdLastBuild(database: TestDatabase, cli: RunningMigration) {
  // Only now: the step before this takes a lock that excludes us.
  await cli.printed(/"phase":"prepare","state":"done"/);
  const { release } = await holdLock(database, "documents", "ROW EXCLUSIVE");
  const waiting = async () => {
    const [found] = await database.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_progress_create_index
       WHERE relid = 'documents'::regclass AND phase LIKE 'waiting for%'`,
    );
    return found?.pid ?? 0;
  };
  await expect.poll(waiting, { timeout: 60_000, interval: 20 }).toBeGreaterThan(0);
  return { pid: await waiting(), release };
}

async function swappedDatabase(database: TestDatabase) {
  await fillTable(database, PAGE_EMBEDDINGS, 300);
  await fillTable(database, DOCUMENTS, 100);
  const before = {
    schema: await schemaSnapshot(database),
    rows: await checksums(database),
    originals: await checksumOfVectors(database, DOCUMENTS, "embedding"),
  };
  expect(await migrate(database, "run", "--yes")).toMatchObject({ code: 0 });
  return before;
}

async function now(database: TestDatabase) {
  return {
    schema: await schemaSnapshot(database),
    rows: await checksums(database),
    originals: await checksumOfVectors(database, DOCUMENTS, "embedding"),
  };
}

const BUILT_AGAIN = expect.objectContaining({
  event: "warning",
  table: "documents",
  message: expect.stringMatching(/^documents_embedding_hnsw_idx is what a failed build left.*built again/),
});

describe("an index build of a rollback whose backend is terminated", { tags: ["server"] }, () => {
  test("leaves an invalid index, which the next rollback finds and builds again", { timeout: SLOW }, async ({
    database,
  }) => {
    const before = await swappedDatabase(database);
    const cli = startMigration(database, ["rollback", "--yes", "--reconnect-seconds", "0"]);
    const { pid, release } = await holdLastBuild(database, cli);
    await database.query("SELECT pg_terminate_backend($1)", [pid]);
    expect(await cli.exit).toEqual({ code: 1, signal: null });
    await release();
    expect(await rebuiltIndex(database)).toEqual([{ name: DOCUMENTS.vectorIndex, valid: false }]);
    expect((await readCatalog(database.client, DOCUMENTS)).phase).toBe("swapped");

    const again = await migrate(database, "rollback", "--yes");
    expect(again, again.stderr).toMatchObject({ code: 0 });
    expect(again.events).toContainEqual(BUILT_AGAIN);
    expect(await now(database)).toEqual(before);
  });

  test("is done again by the same rollback", { timeout: SLOW }, async ({ database }) => {
    const before = await swappedDatabase(database);
    const cli = startMigration(database, ["rollback", "--yes"]);
    const { pid, release } = await holdLastBuild(database, cli);
    await database.query("SELECT pg_terminate_backend($1)", [pid]);
    await cli.printed(/built again/);
    await release();
    expect(await cli.exit, cli.stderr()).toEqual({ code: 0, signal: null });
    expect(cli.events()).toContainEqual(BUILT_AGAIN);
    expect(await now(database)).toEqual(before);
  });
});
