import { describe, expect } from "vitest";
import { DOCUMENTS, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { readCatalog } from "../../app/services/halfvec/catalog.ts";
import { PHASE_NAMES } from "../../app/services/halfvec/phases.ts";
import { checksums, countDifferingFromBackup, fillTable } from "../support/embedding-rows.ts";
import { migrate } from "../support/migrate.ts";
import { prismaIsUpToDate, prismaMigrate } from "../support/prisma-cli.ts";
import { phases } from "../support/table-phases.ts";
import { test as base, type TestDatabase } from "../support/test.ts";

const test = base.override({ through: "init" });
const SLOW = 240_000;

describe("run", () => {
  test("moves a database with rows to the swap, every value the cast of its original, nothing else changed", {
    timeout: SLOW,
  }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 400);
    await fillTable(database, DOCUMENTS, 60);
    const originals = await database.query(
      "SELECT id, embedding::text AS value FROM page_embeddings ORDER BY id",
    );
    const before = await checksums(database);

    const run = await migrate(database, "run", "--yes");

    expect(run).toMatchObject({ code: 0, summary: { outcome: "done" } });
    expect(await phases(database)).toEqual(["swapped"]);
    expect(await checksums(database)).toEqual(before);
    expect(await countDifferingFromBackup(database, PAGE_EMBEDDINGS)).toBe(0);
    expect(await countDifferingFromBackup(database, DOCUMENTS)).toBe(0);
    expect(
      await database.query(
        "SELECT id, embedding_vector_backup::text AS value FROM page_embeddings ORDER BY id",
      ),
    ).toEqual(originals);
    expect(await prismaIsUpToDate(database)).toBe(true);
    const tables = run.summary?.tables as Record<string, unknown>[];
    expect(tables[0]).toMatchObject({
      table: "page_embeddings",
      rows: 400,
      rowsCompared: 400,
      rowsDiffering: 0,
    });
    expect(tables[0]?.recallHalfvec).toBeGreaterThan(0.9);
    const [index] = await database.query<{ bytes: number }>(
      "SELECT pg_relation_size('page_embeddings_halfvec_hnsw_idx')::int AS bytes",
    );
    expect(tables[0]?.halfvecIndexBytes).toBe(index?.bytes);
  });

  test("does nothing the second time", { timeout: SLOW }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 40);
    expect(await migrate(database, "run", "--yes")).toMatchObject({ code: 0 });
    const before = await database.query("SELECT id, xmin::text FROM page_embeddings ORDER BY id");
    const again = await migrate(database, "run", "--yes");
    expect(again).toMatchObject({ code: 0, summary: { outcome: "done" } });
    expect(again.events.filter((event) => event.event === "phase" && event.state !== "skipped")).toEqual([]);
    expect(await database.query("SELECT id, xmin::text FROM page_embeddings ORDER BY id")).toEqual(before);
  });

  test("stops after each phase and goes on from there", { timeout: SLOW }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 40);
    const seen: string[][] = [];
    for (const phase of PHASE_NAMES) {
      expect(await migrate(database, "run", "--yes", "--until", phase)).toMatchObject({ code: 0 });
      seen.push(await phases(database));
    }
    expect(seen).toEqual([["expanded"], ["expanded"], ["indexed"], ["indexed"], ["swapped"]]);
    expect(await prismaIsUpToDate(database)).toBe(true);
  });

  test("builds everything on a database that is quite empty", { timeout: SLOW }, async ({ database }) => {
    await database.query("DROP SCHEMA public, vector_metrics CASCADE");
    await database.query("CREATE SCHEMA public");
    expect(await migrate(database, "run", "--yes")).toMatchObject({ code: 0 });
    expect(await phases(database)).toEqual(["swapped"]);
    expect(await prismaIsUpToDate(database)).toBe(true);
  });

  test("asks nobody to swap without --yes where nobody is there", { timeout: SLOW }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 5);
    const run = await migrate(database, "run");
    expect(run).toMatchObject({ code: 3, summary: { outcome: "refused" } });
    expect(run.stderr).toContain("npm run migrate:halfvec -- run --json --yes");
    expect(await phases(database)).toEqual(["indexed"]);
  });
});

describe("one phase at a time", () => {
  test("each says what must come first", { timeout: SLOW }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 20);
    expect(await migrate(database, "convert")).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("run --until expand"),
    });
    await migrate(database, "run", "--until", "expand");
    expect(await migrate(database, "index")).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("20 rows without a value in embedding_halfvec"),
    });
    expect(await migrate(database, "verify")).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("20 of 20 rows unconverted"),
    });
    expect(await migrate(database, "convert")).toMatchObject({ code: 0 });
    expect(await migrate(database, "swap", "--yes")).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("page_embeddings has no valid index on its halfvec column"),
    });
    expect(await phases(database)).toEqual(["expanded"]);
    expect(await migrate(database, "index")).toMatchObject({ code: 0 });
    expect(await migrate(database, "swap", "--yes")).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("page_embeddings"),
    });
    expect(await phases(database)).toEqual(["indexed"]);
    expect(await migrate(database, "verify")).toMatchObject({ code: 0 });
    expect(await migrate(database, "swap", "--yes")).toMatchObject({ code: 0 });
    expect(await phases(database)).toEqual(["swapped"]);
    expect(await migrate(database, "verify")).toMatchObject({ code: 0 });
  });

  test("--tables moves only those, and the swap waits for the others", { timeout: SLOW }, async ({
    database,
  }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 20);
    await fillTable(database, DOCUMENTS, 20);
    const some = await migrate(database, "run", "--yes", "--tables", "documents");
    expect(some).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("page_embeddings has no valid index on its halfvec column"),
    });
    expect((await readCatalog(database.client, DOCUMENTS)).phase).toBe("indexed");
    expect((await readCatalog(database.client, PAGE_EMBEDDINGS)).phase).toBe("expanded");
    expect(await migrate(database, "run", "--yes")).toMatchObject({ code: 0 });
    expect(await phases(database)).toEqual(["swapped"]);
  });
});

describe("prisma migrate deploy", () => {
  const deploy = (database: TestDatabase) => prismaMigrate(database, ["deploy"]);

  test("runs through on a database without rows", { timeout: SLOW }, async ({ database }) => {
    expect(await deploy(database)).toMatchObject({ code: 0 });
    expect(await phases(database)).toEqual(["swapped"]);
    expect(await migrate(database, "run", "--yes")).toMatchObject({ code: 0 });
  });

  test("first: it stops before the first unsafe migration, and the run goes on", { timeout: SLOW }, async ({
    database,
  }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 30);
    const before = await checksums(database);
    const refused = await deploy(database);
    expect(refused.code).toBe(1);
    expect(refused.output).toContain("npm run migrate:halfvec");
    expect(await phases(database)).toEqual(["expanded"]);
    expect(await checksums(database)).toEqual(before);
    expect((await deploy(database)).output).toContain("P3009");
    expect(await migrate(database, "run", "--yes")).toMatchObject({ code: 0 });
    expect(await prismaIsUpToDate(database)).toBe(true);
    expect(await deploy(database)).toMatchObject({ code: 0 });
  });

  test("in the middle: builds the indexes, and leaves the swap to a verify", { timeout: SLOW }, async ({
    database,
  }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 30);
    await migrate(database, "run", "--until", "convert");
    const refused = await deploy(database);
    expect(refused).toMatchObject({
      code: 1,
      output: expect.stringContaining("page_embeddings is not verified"),
    });
    expect(await phases(database)).toEqual(["indexed"]);
    expect(await migrate(database, "run", "--yes")).toMatchObject({ code: 0 });
    expect(await prismaIsUpToDate(database)).toBe(true);
  });

  test("after verify: swaps", { timeout: SLOW }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 30);
    await migrate(database, "run", "--until", "verify");
    expect(await deploy(database)).toMatchObject({ code: 0 });
    expect(await phases(database)).toEqual(["swapped"]);
    expect(await countDifferingFromBackup(database, PAGE_EMBEDDINGS)).toBe(0);
    expect(await migrate(database, "run", "--yes")).toMatchObject({ code: 0 });
  });
});
