import { describe, expect } from "vitest";
import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { checksums, countDifferingFromBackup, fillTable } from "../support/embedding-rows.ts";
import { type MigrateRun, migrate } from "../support/migrate.ts";
import { conversionRecord, countUnconvertedRows } from "../support/migration-records.ts";
import { test as base, type TestDatabase } from "../support/test.ts";

const test = base.override({ through: "init" });
const SLOW = 120_000;
const ROWS = 400;
/** So many rows does the disk of this server hold. */
const ROOM = 150;

/** From now on an update of a row fails as on a full disk, once `ROOM` rows were updated and committed. */
async function fillTheDisk(database: TestDatabase, sqlstate: string): Promise<void> {
  await database.query(`
    CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (SELECT rows_converted >= ${ROOM} FROM halfvec_migration.conversions WHERE table_name = 'page_embeddings') THEN
        RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device' USING ERRCODE = '${sqlstate}';
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER no_room BEFORE UPDATE ON page_embeddings FOR EACH ROW EXECUTE FUNCTION no_room()`);
}

/** A build of an index that finds no room. */
async function fillTheDiskForIndexes(database: TestDatabase): Promise<void> {
  await database.query(`
    CREATE FUNCTION no_room_for_index() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device' USING ERRCODE = '53100';
    END $$;
    CREATE EVENT TRIGGER no_room_for_index ON ddl_command_start
      WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION no_room_for_index()`);
}

function expectToldOfFullDisk(run: MigrateRun): void {
  expect(run, run.stderr).toMatchObject({ code: 1, summary: { outcome: "failed" } });
  const message = String(run.summary?.message);
  expect(message).toContain("the disk of the database server is full");
  expect(message).toContain('could not extend file "base/1/2": No space left on device');
  expect(message).toContain("kept");
  expect(message).toContain("npm run migrate:halfvec -- plan");
  expect(message).toContain("the same command goes on");
}

describe("a full disk", () => {
  test("ends the conversion with what to do; with room again it goes on to the end", {
    timeout: SLOW,
  }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, ROWS);
    const before = await checksums(database);
    await migrate(database, "run", "--until", "expand");
    await fillTheDisk(database, "53100");

    expectToldOfFullDisk(await migrate(database, "run", "--yes", "--rows-per-second", "400"));
    const kept = await conversionRecord(database, PAGE_EMBEDDINGS);
    expect(kept.converted).toBeGreaterThanOrEqual(ROOM);
    expect(kept.converted).toBeLessThan(ROWS);
    expect(await countUnconvertedRows(database, PAGE_EMBEDDINGS)).toBe(ROWS - kept.converted);

    await database.query("DROP TRIGGER no_room ON page_embeddings");
    expect(await migrate(database, "run", "--yes")).toMatchObject({ code: 0, summary: { outcome: "done" } });
    expect(await conversionRecord(database, PAGE_EMBEDDINGS)).toMatchObject({
      converted: ROWS,
      finished: true,
    });
    expect(await countDifferingFromBackup(database, PAGE_EMBEDDINGS)).toBe(0);
    expect(await checksums(database)).toEqual(before);
  });

  test("ends the index build the same way", { timeout: SLOW }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 60);
    await migrate(database, "run", "--until", "convert");
    await fillTheDiskForIndexes(database);

    expectToldOfFullDisk(await migrate(database, "index"));

    await database.query("DROP EVENT TRIGGER no_room_for_index");
    expect(await migrate(database, "run", "--yes")).toMatchObject({ code: 0, summary: { outcome: "done" } });
  });
});

test("a server without memory ends the conversion with what to lower", { timeout: SLOW }, async ({
  database,
}) => {
  await fillTable(database, PAGE_EMBEDDINGS, ROWS);
  await migrate(database, "run", "--until", "expand");
  await fillTheDisk(database, "53200");
  const run = await migrate(database, "convert", "--rows-per-second", "400");
  expect(run).toMatchObject({ code: 1, summary: { outcome: "failed" } });
  expect(run.summary?.message).toMatch(/out of memory .*kept.*work_mem.*--workers/);
});
