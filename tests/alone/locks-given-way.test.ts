import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { describe, expect, inject, onTestFinished } from "vitest";
import { EMBEDDING_TABLES, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { readCatalog } from "../../app/services/halfvec/catalog.ts";
import { fillTable } from "../support/embedding-rows.ts";
import { holdLock, untilToolWaits } from "../support/held-locks.ts";
import { migrate } from "../support/migrate.ts";
import { startMigration } from "../support/running-migration.ts";
import { test as base, type TestDatabase } from "../support/test.ts";

const test = base.override({ through: "init" });
const SLOW = 120_000;

/** Makes the server look for tables to vacuum every second, until the test ends. */
async function vacuumOften(): Promise<void> {
  const { adminUrl } = inject("testRun");
  const set = async (change: string) => {
    const client = new pg.Client({ connectionString: adminUrl });
    await client.connect();
    await client.query(`ALTER SYSTEM ${change}`);
    await client.query("SELECT pg_reload_conf()");
    await client.end();
  };
  onTestFinished(() => set("RESET autovacuum_naptime"));
  await set("SET autovacuum_naptime = 1");
}

/** Resolves once an autovacuum is at work on a table, so slow that it does not end by itself. */
async function autovacuumOf(database: TestDatabase, table: string): Promise<void> {
  await database.query(
    `ALTER TABLE ${table} SET (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1,
       autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0)`,
  );
  await database.query(`DELETE FROM ${table} WHERE ctid IN (SELECT ctid FROM ${table} LIMIT 200)`);
  const atWork = () =>
    database.query(
      "SELECT FROM pg_stat_progress_vacuum WHERE datname = current_database() AND relid = $1::regclass",
      [table],
    );
  await expect.poll(atWork, { timeout: 60_000, interval: 50 }).toHaveLength(1);
}

describe("an autovacuum of a table", { tags: ["crash"] }, () => {
  test("gives way to the lock that a step needs, and nobody else waits for that", { timeout: SLOW }, async ({
    database,
  }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 1000);
    await vacuumOften();
    await autovacuumOf(database, "page_embeddings");

    // It gives way after deadlock_timeout, a second.
    const app = await database.connect();
    await app.query("SET lock_timeout = 500");
    const expanding = startMigration(database, ["run", "--until", "expand"]);
    let over = false;
    const exit = expanding.exit.finally(() => {
      over = true;
    });
    while (!over) await app.query("UPDATE page_embeddings SET updated_at = updated_at WHERE false");
    expect(await exit, expanding.stderr()).toEqual({ code: 0, signal: null });
    expect((await readCatalog(database.client, PAGE_EMBEDDINGS)).phase).toBe("expanded");
  });
});

describe("a session that reads the bookkeeping and stays open", { tags: ["server"] }, () => {
  test("keeps the last step of a rollback waiting, and nobody else", { timeout: SLOW }, async ({
    database,
  }) => {
    expect(await migrate(database, "run", "--until", "expand")).toMatchObject({ code: 0 });
    const reading = await holdLock(database, "halfvec_migration.storage", "ACCESS SHARE");
    const cli = startMigration(database, ["rollback", "--yes", "--lock-timeout", "400"]);
    await untilToolWaits(database);
    // A search that waits behind us for longer than it may fails.
    await database.query("SET statement_timeout = 2000");
    for (let search = 0; search < 50; search++) {
      for (const { name } of EMBEDDING_TABLES) await database.query(`SELECT count(*) FROM ${name}`);
      await sleep(50);
    }
    await reading.release();

    expect(await cli.exit, cli.stderr()).toEqual({ code: 0, signal: null });
    for (const table of EMBEDDING_TABLES) {
      expect((await readCatalog(database.client, table)).phase).toBe("baseline");
    }
  });
});
