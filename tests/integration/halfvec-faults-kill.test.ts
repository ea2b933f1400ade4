import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFailed } from "vitest";
import { DOCUMENTS, EMBEDDING_TABLES, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { SeededRandom } from "../../app/services/embeddings/seeded-random.ts";
import { readCatalog } from "../../app/services/halfvec/catalog.ts";
import { checksums, countDifferingFromBackup, fillTable } from "../support/embedding-rows.ts";
import { migrate } from "../support/migrate.ts";
import {
  appliedMigrations,
  checksumOfVectors,
  conversionRecord,
  countUnconvertedRows,
} from "../support/migration-records.ts";
import { prismaIsUpToDate } from "../support/prisma-cli.ts";
import { startMigration } from "../support/running-migration.ts";
import { test as base } from "../support/test.ts";

const test = base.override({ through: "init" });
const SLOW = 240_000;
const ROWS = 3000;
const KILLS = 20;
/** The longest that a process works before it is killed, in milliseconds. */
const MOST_MS = 250;
/** Slow enough that 20 killed processes cannot be done: each takes 30 rows at once, and so many in each second. */
const ROWS_PER_SECOND = 120;

/** Other moments with each run; those of a run that failed come again with TEST_SEED. */
function randomMoments(): SeededRandom {
  const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
  onTestFailed(() => void process.stderr.write(`The moments were those of TEST_SEED=${seed}\n`));
  return new SeededRandom(seed);
}

describe("SIGKILL", { tags: ["server"] }, () => {
  test("at 20 random moments of a conversion: nothing is lost, nothing is done twice", {
    timeout: SLOW,
  }, async ({ database }) => {
    const random = randomMoments();
    await fillTable(database, PAGE_EMBEDDINGS, ROWS);
    const before = await checksums(database);
    const originals = await checksumOfVectors(database, PAGE_EMBEDDINGS, "embedding");
    expect(await migrate(database, "run", "--until", "expand")).toMatchObject({ code: 0 });

    const limits = ["--workers", "2", "--rows-per-second", String(ROWS_PER_SECOND), "--batch-ms", "20"];
    const progress: number[] = [0];
    for (let kill = 1; kill <= KILLS; kill++) {
      const cli = startMigration(database, ["convert", "--tables", "page_embeddings", ...limits]);
      await cli.printed(/"event":"convert"/);
      await sleep(random.below(MOST_MS));
      cli.kill("SIGKILL");
      expect(await cli.exit).toEqual({ code: null, signal: "SIGKILL" });
      const { converted, finished } = await conversionRecord(database, PAGE_EMBEDDINGS);
      expect(finished).toBe(false);
      expect(converted).toBeGreaterThanOrEqual(progress.at(-1) ?? 0);
      progress.push(converted);
    }
    expect(new Set(progress).size, `rows converted at each kill: ${progress}`).toBeGreaterThan(KILLS / 2);
    expect(await countUnconvertedRows(database, PAGE_EMBEDDINGS)).toBeGreaterThan(0);

    expect(await migrate(database, "run", "--yes")).toMatchObject({ code: 0, summary: { outcome: "done" } });

    expect(await conversionRecord(database, PAGE_EMBEDDINGS)).toMatchObject({
      converted: ROWS,
      total: ROWS,
      finished: true,
      claims: 0,
    });
    expect(await countDifferingFromBackup(database, PAGE_EMBEDDINGS)).toBe(0);
    expect(await checksumOfVectors(database, PAGE_EMBEDDINGS, "embedding_vector_backup")).toBe(originals);
    expect(await checksums(database)).toEqual(before);
    expect(await prismaIsUpToDate(database)).toBe(true);
  });

  test("in each of the other phases: the next run goes on", { timeout: SLOW }, async ({ database }) => {
    const random = randomMoments();
    await fillTable(database, PAGE_EMBEDDINGS, 800);
    await fillTable(database, DOCUMENTS, 100);
    const before = await checksums(database);
    const moments = [
      /"event":"migration"/,
      /"phase":"index","table":"page_embeddings","state":"started"/,
      /"phase":"verify","table":"page_embeddings","state":"started"/,
      /"event":"verify"/,
      /swap_embedding_columns","state":"applying"/,
    ];
    for (const moment of moments) {
      const cli = startMigration(database, ["run", "--yes"]);
      await cli.printed(moment);
      await sleep(random.below(60));
      cli.kill("SIGKILL");
      await cli.exit;
    }

    expect(await migrate(database, "run", "--yes")).toMatchObject({ code: 0, summary: { outcome: "done" } });

    for (const table of EMBEDDING_TABLES) {
      const { phase, indexes } = await readCatalog(database.client, table);
      expect(phase).toBe("swapped");
      expect(indexes.filter((index) => !index.valid)).toEqual([]);
      expect(indexes.filter((index) => index.method === "hnsw").map((index) => index.name)).toEqual([
        table.halfvecIndex,
      ]);
      expect(await countDifferingFromBackup(database, table)).toBe(0);
    }
    expect(await conversionRecord(database, PAGE_EMBEDDINGS)).toMatchObject({ converted: 800, claims: 0 });
    const applied = await appliedMigrations(database);
    expect(applied).toEqual([...new Set(applied)]);
    expect(await checksums(database)).toEqual(before);
    expect(await prismaIsUpToDate(database)).toBe(true);
  });
});
