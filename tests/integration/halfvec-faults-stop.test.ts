import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect } from "vitest";
import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { readCatalog, validIndexOn } from "../../app/services/halfvec/catalog.ts";
import { fillTable } from "../support/embedding-rows.ts";
import { holdIndexBuild } from "../support/held-index-build.ts";
import { migrate } from "../support/migrate.ts";
import { conversionRecord, countUnconvertedRows } from "../support/migration-records.ts";
import { startMigration } from "../support/running-migration.ts";
import { test as base, type TestDatabase } from "../support/test.ts";

const test = base.override({ through: "init" });
const SLOW = 120_000;
const ROWS = 1200;
const ROWS_PER_SECOND = 300;
const SLOWLY = ["convert", "--tables", "page_embeddings", "--rows-per-second", String(ROWS_PER_SECOND)];

async function converted(database: TestDatabase): Promise<number> {
  return (await conversionRecord(database, PAGE_EMBEDDINGS)).converted;
}

async function twinIndexes(database: TestDatabase) {
  const { indexes } = await readCatalog(database.client, PAGE_EMBEDDINGS);
  return indexes
    .filter(({ column }) => column === PAGE_EMBEDDINGS.twin)
    .map(({ name, valid }) => ({ name, valid }));
}

const BROKEN_INDEX = [{ name: PAGE_EMBEDDINGS.halfvecIndex, valid: false }];

describe("a conversion", { tags: ["server"] }, () => {
  test("stands still within a second of a pause, and goes on after resume", { timeout: SLOW }, async ({
    database,
  }) => {
    await fillTable(database, PAGE_EMBEDDINGS, ROWS);
    await migrate(database, "run", "--until", "expand");
    const cli = startMigration(database, SLOWLY);
    await cli.printed(/"rowsConverted":[1-9]/);
    expect(await migrate(database, "pause")).toMatchObject({ code: 0 });
    const atPause = await converted(database);
    await cli.printed(/"event":"waiting".*paused by .*resume/);
    await sleep(1000);
    const standing = await converted(database);
    await sleep(1500);

    expect(await converted(database)).toBe(standing);
    expect(standing).toBeLessThan(ROWS);
    // In rows, not in seconds: a second at this rate, and the transaction under way.
    expect(standing - atPause).toBeLessThanOrEqual(ROWS_PER_SECOND * 1.25);

    expect(await migrate(database, "resume")).toMatchObject({ code: 0 });
    expect(await cli.exit).toMatchObject({ code: 0 });
    expect(await conversionRecord(database, PAGE_EMBEDDINGS)).toMatchObject({
      converted: ROWS,
      finished: true,
    });
  });

  test("ends at the next commit on SIGINT, with the command that goes on", { timeout: SLOW }, async ({
    database,
  }) => {
    await fillTable(database, PAGE_EMBEDDINGS, ROWS);
    await migrate(database, "run", "--until", "expand");
    const cli = startMigration(database, SLOWLY);
    await cli.printed(/"rowsConverted":[1-9]/);
    cli.kill("SIGINT");

    expect(await cli.exit).toEqual({ code: 130, signal: null });
    expect(cli.stderr()).toContain(`To go on: npm run migrate:halfvec -- ${SLOWLY.join(" ")} --json`);
    expect(cli.events().at(-1)).toMatchObject({ event: "summary", outcome: "interrupted" });
    const unconverted = await countUnconvertedRows(database, PAGE_EMBEDDINGS);
    expect(unconverted).toBeGreaterThan(0);
    expect(await converted(database)).toBe(ROWS - unconverted);

    expect(await migrate(database, "convert")).toMatchObject({ code: 0 });
    expect(await conversionRecord(database, PAGE_EMBEDDINGS)).toMatchObject({
      converted: ROWS,
      finished: true,
      claims: 0,
    });
  });
});

describe("an index build", { tags: ["server"] }, () => {
  test.for(["the backend is terminated", "SIGINT"])(
    "is done again after %s",
    { timeout: SLOW },
    async (fault, { database }) => {
      await fillTable(database, PAGE_EMBEDDINGS, 200);
      await migrate(database, "run", "--until", "convert");
      const hold = await holdIndexBuild(database);
      const cli = startMigration(database, ["index", "--reconnect-seconds", "0"]);
      const pid = await hold.waiting();
      if (fault === "SIGINT") cli.kill("SIGINT");
      else await database.query("SELECT pg_terminate_backend($1)", [pid]);

      expect(await cli.exit).toEqual({ code: fault === "SIGINT" ? 130 : 1, signal: null });
      await hold.release();
      expect(await twinIndexes(database)).toEqual(BROKEN_INDEX);

      const again = await migrate(database, "index");
      expect(again).toMatchObject({ code: 0 });
      expect(again.events).toContainEqual(
        expect.objectContaining({
          event: "warning",
          table: "page_embeddings",
          message: expect.stringContaining("built again"),
        }),
      );
      expect(await twinIndexes(database)).toEqual([{ name: PAGE_EMBEDDINGS.halfvecIndex, valid: true }]);
      expect(
        validIndexOn(await readCatalog(database.client, PAGE_EMBEDDINGS), PAGE_EMBEDDINGS.twin),
      ).toBeDefined();
      expect(await migrate(database, "run", "--yes")).toMatchObject({ code: 0 });
    },
  );
});
