import { describe, expect } from "vitest";
import { DOCUMENTS, EMBEDDING_TABLES, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { readCatalog } from "../../app/services/halfvec/catalog.ts";
import { checksums, countDifferingFromBackup, fillTable } from "../support/embedding-rows.ts";
import { migrate } from "../support/migrate.ts";
import { appliedMigrations, conversionRecord, countUnconvertedRows } from "../support/migration-records.ts";
import { prismaIsUpToDate } from "../support/prisma-cli.ts";
import { type RunningMigration, startMigration } from "../support/running-migration.ts";
import { test as base, type TestDatabase } from "../support/test.ts";

const test = base.override({ through: "init" });
const SLOW = 240_000;
const ROWS = 2400;
/** One row to two a page: more pages than one process claims at once, so that there is work for a second. */
const SPARSE = `ALTER TABLE ${PAGE_EMBEDDINGS.name} SET (fillfactor = 10)`;

/** Updates of rows that the server has counted, those that were rolled back too. */
async function countUpdates(database: TestDatabase): Promise<number> {
  await database.query("SELECT pg_stat_clear_snapshot()");
  const [found] = await database.query<{ updates: number }>(
    "SELECT n_tup_upd::int AS updates FROM pg_stat_user_tables WHERE relname = $1",
    [PAGE_EMBEDDINGS.name],
  );
  return found?.updates ?? -1;
}

/** Workers that hold a range now. */
async function countClaimants(database: TestDatabase): Promise<number> {
  const [found] = await database.query<{ workers: number }>(
    "SELECT count(DISTINCT worker)::int AS workers FROM halfvec_migration.claims",
  );
  return found?.workers ?? -1;
}

async function finish(...processes: RunningMigration[]) {
  const exits = await Promise.all(processes.map(({ exit }) => exit));
  return exits.map(({ code }, index) => ({ code, stderr: processes[index]?.stderr() }));
}

const DONE = { code: 0, stderr: "" };

describe("two processes at once", { tags: ["server"] }, () => {
  test("run and run: every step is done once", { timeout: SLOW }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 1200);
    await fillTable(database, DOCUMENTS, 300);
    const before = await checksums(database);
    const [one, two] = [
      startMigration(database, ["run", "--yes"]),
      startMigration(database, ["run", "--yes"]),
    ];

    expect(await finish(one, two)).toEqual([DONE, DONE]);

    for (const table of EMBEDDING_TABLES) {
      expect((await readCatalog(database.client, table)).phase).toBe("swapped");
      expect(await countDifferingFromBackup(database, table)).toBe(0);
    }
    expect(await checksums(database)).toEqual(before);
    expect(await conversionRecord(database, PAGE_EMBEDDINGS)).toMatchObject({ converted: 1200, claims: 0 });
    expect(await conversionRecord(database, DOCUMENTS)).toMatchObject({ converted: 300, claims: 0 });
    await expect.poll(() => countUpdates(database)).toBe(1200);
    const events = [...one.events(), ...two.events()];
    const swaps = events.filter(
      ({ event, name, state }) =>
        event === "migration" && String(name).endsWith("swap_embedding_columns") && state === "applied",
    );
    expect(swaps).toHaveLength(1);
    const applied = await appliedMigrations(database);
    expect(applied).toEqual([...new Set(applied)]);
    expect(await prismaIsUpToDate(database)).toBe(true);
  });

  test("a run that verifies while the other one swaps finds it done", { timeout: SLOW }, async ({
    database,
  }) => {
    await fillTable(database, PAGE_EMBEDDINGS, ROWS);
    const first = startMigration(database, ["run", "--yes"]);
    await first.printed(/"phase":"verify","table":"page_embeddings","state":"started"/);
    const second = startMigration(database, ["run", "--yes"]);

    expect(await finish(first, second)).toEqual([DONE, DONE]);
    expect((await readCatalog(database.client, PAGE_EMBEDDINGS)).phase).toBe("swapped");
    expect(second.events()).toContainEqual({ event: "phase", phase: "swap", state: "skipped" });
  });

  test("convert and convert: they share the work", { timeout: SLOW }, async ({ database }) => {
    await database.query(SPARSE);
    await fillTable(database, PAGE_EMBEDDINGS, ROWS);
    await migrate(database, "run", "--until", "expand");
    const convert = ["convert", "--rows-per-second", "400"];
    const [one, two] = [startMigration(database, convert), startMigration(database, convert)];
    await expect.poll(() => countClaimants(database), { timeout: 20_000, interval: 50 }).toBe(2);

    expect(await finish(one, two)).toEqual([DONE, DONE]);

    expect(await countUnconvertedRows(database, PAGE_EMBEDDINGS)).toBe(0);
    expect(await conversionRecord(database, PAGE_EMBEDDINGS)).toMatchObject({ converted: ROWS, claims: 0 });
    await expect.poll(() => countUpdates(database)).toBe(ROWS);
  });

  test("convert and convert, one of them killed: the other does all of it", { timeout: SLOW }, async ({
    database,
  }) => {
    await database.query(SPARSE);
    await fillTable(database, PAGE_EMBEDDINGS, ROWS);
    await migrate(database, "run", "--until", "expand");
    const convert = ["convert", "--rows-per-second", "400"];
    const doomed = startMigration(database, convert);
    await expect.poll(() => countClaimants(database), { timeout: 20_000, interval: 50 }).toBe(1);
    const other = startMigration(database, convert);
    await expect.poll(() => countClaimants(database), { timeout: 20_000, interval: 50 }).toBe(2);

    doomed.kill("SIGKILL");
    await doomed.exit;
    expect(await countUnconvertedRows(database, PAGE_EMBEDDINGS)).toBeGreaterThan(0);

    expect(await finish(other)).toEqual([DONE]);
    expect(await countUnconvertedRows(database, PAGE_EMBEDDINGS)).toBe(0);
    expect(await conversionRecord(database, PAGE_EMBEDDINGS)).toMatchObject({
      converted: ROWS,
      claims: 0,
      finished: true,
    });
    await expect.poll(() => countUpdates(database)).toBe(ROWS);
  });
});
