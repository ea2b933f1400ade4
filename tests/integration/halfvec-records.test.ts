import { describe, expect } from "vitest";
import { EMBEDDING_TABLES, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { readCatalog } from "../../app/services/halfvec/catalog.ts";
import { finished, startPrisma } from "../support/cli.ts";
import { prepareSwapBack, readDown, runDownByHand } from "../support/down-migrations.ts";
import { checksums, countDifferingFromBackup, fillTable } from "../support/embedding-rows.ts";
import { refusalOf, runUntil } from "../support/engine.ts";
import { migrate } from "../support/migrate.ts";
import { appliedMigrations, prismaIsUpToDate } from "../support/migration-records.ts";
import { test as base, type TestDatabase } from "../support/test.ts";

const test = base.override({ through: "init" });
const SLOW = 120_000;
const SWAP = "20261101000400_swap_embedding_columns";

async function phases(database: TestDatabase): Promise<string[]> {
  const found: string[] = [];
  for (const table of EMBEDDING_TABLES) found.push((await readCatalog(database.client, table)).phase);
  return [...new Set(found)];
}

async function resolveAsApplied(database: TestDatabase, name: string) {
  const run = await finished(
    startPrisma({ args: ["migrate", "resolve", "--applied", name], databaseUrl: database.url }),
  );
  expect(run, run.stderr).toMatchObject({ code: 0 });
}

/** Every migration on record once, everything swapped, and Prisma sees nothing to do. */
async function expectSwapped(database: TestDatabase) {
  expect(await phases(database)).toEqual(["swapped"]);
  expect(await countDifferingFromBackup(database, PAGE_EMBEDDINGS)).toBe(0);
  const applied = await appliedMigrations(database);
  expect(applied).toEqual([...new Set(applied)]);
  expect(await prismaIsUpToDate(database)).toBe(true);
}

describe("records that say more than the catalog", () => {
  test("down.sql by hand: run settles them and swaps again", { timeout: SLOW }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 20);
    const before = await checksums(database);
    await runUntil(database, "swap");
    await prepareSwapBack(database);
    await runDownByHand(database);
    expect(await phases(database)).toEqual(["baseline"]);
    expect(await appliedMigrations(database)).toContain("swap_embedding_columns");

    expect(await migrate(database, "run", "--yes")).toMatchObject({
      code: 0,
      summary: { outcome: "done" },
    });
    await expectSwapped(database);
    expect(await checksums(database)).toEqual(before);
  });

  test("only the down.sql of the swap by hand: run swaps again", { timeout: SLOW }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 20);
    await runUntil(database, "swap");
    await prepareSwapBack(database);
    await database.query(await readDown("swap_embedding_columns"));
    expect(await phases(database)).toEqual(["indexed"]);
    await runUntil(database, "swap");
    await expectSwapped(database);
  });

  test("a swap that was only resolved as applied does not fool run", { timeout: SLOW }, async ({
    database,
  }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 20);
    await resolveAsApplied(database, SWAP);
    await runUntil(database, "swap");
    await expectSwapped(database);
  });

  test("nor one that was resolved before the swap itself", { timeout: SLOW }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 20);
    await runUntil(database, "verify");
    await resolveAsApplied(database, SWAP);
    await runUntil(database, "swap");
    await expectSwapped(database);
  });
});

describe("records that say less than the catalog", () => {
  test.for([
    ["swap", "%_swap_embedding_columns"],
    ["expand", "%_add_halfvec_columns"],
    ["everything after init", "%_halfvec_%,%_assert_converted,%_swap_embedding_columns"],
  ])(
    "%s is missing while all is swapped: run records it",
    { timeout: SLOW },
    async ([, patterns], { database }) => {
      await fillTable(database, PAGE_EMBEDDINGS, 20);
      await runUntil(database, "swap");
      const rows = () => database.query("SELECT id, xmin::text, ctid::text FROM page_embeddings ORDER BY id");
      const before = await rows();
      const { rowCount } = await database.client.query(
        "DELETE FROM _prisma_migrations WHERE migration_name LIKE ANY ($1)",
        [(patterns ?? "").split(",")],
      );
      expect(rowCount).toBeGreaterThan(0);
      expect(await prismaIsUpToDate(database)).toBe(false);

      expect(await migrate(database, "run", "--yes")).toMatchObject({
        code: 0,
        summary: { outcome: "done" },
      });
      await expectSwapped(database);
      expect(await rows()).toEqual(before);
    },
  );
});

test("tables whose init is not on record: run refuses and names the command after which it goes through", {
  timeout: SLOW,
}, async ({ database }) => {
  await fillTable(database, PAGE_EMBEDDINGS, 20);
  await database.query("DROP TABLE _prisma_migrations");
  const before = await checksums(database);
  expect(await refusalOf(runUntil(database, "swap"))).toContain(
    "npx prisma migrate resolve --applied 20261101000000_init",
  );
  expect(await phases(database)).toEqual(["baseline"]);

  await resolveAsApplied(database, "20261101000000_init");
  await runUntil(database, "swap");
  await expectSwapped(database);
  expect(await checksums(database)).toEqual(before);
});
