import { describe, expect } from "vitest";
import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { prepareSwapBack, readDown, runDownByHand } from "../support/down-migrations.ts";
import { checksums, countDifferingFromBackup } from "../support/embedding-rows.ts";
import { refusalOf, runUntil } from "../support/engine.ts";
import { migrate } from "../support/migrate.ts";
import { appliedMigrations } from "../support/migration-records.ts";
import { filled, moved } from "../support/migration-states.ts";
import { prismaIsUpToDate, prismaMigrate } from "../support/prisma-cli.ts";
import { phases } from "../support/table-phases.ts";
import { type TestDatabase, testOn } from "../support/test.ts";

const FILLED = filled(20);
const test = testOn(FILLED);
const testVerified = testOn(moved(FILLED, "verify"));
const testSwapped = testOn(moved(FILLED, "swap"));
const SLOW = 120_000;
const SWAP = "20261101000400_swap_embedding_columns";

async function resolveAsApplied(database: TestDatabase, name: string) {
  const run = await prismaMigrate(database, ["resolve", "--applied", name]);
  expect(run, run.output).toMatchObject({ code: 0 });
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
  testSwapped(
    "down.sql by hand: run settles them and swaps again",
    { timeout: SLOW },
    async ({ database }) => {
      const before = await checksums(database);
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
    },
  );

  testSwapped(
    "only the down.sql of the swap by hand: run swaps again",
    { timeout: SLOW },
    async ({ database }) => {
      await prepareSwapBack(database);
      await database.query(await readDown("swap_embedding_columns"));
      expect(await phases(database)).toEqual(["indexed"]);
      await runUntil(database, "swap");
      await expectSwapped(database);
    },
  );

  test("a swap that was only resolved as applied does not fool run", { timeout: SLOW }, async ({
    database,
  }) => {
    await resolveAsApplied(database, SWAP);
    await runUntil(database, "swap");
    await expectSwapped(database);
  });

  testVerified(
    "nor one that was resolved before the swap itself",
    { timeout: SLOW },
    async ({ database }) => {
      await resolveAsApplied(database, SWAP);
      await runUntil(database, "swap");
      await expectSwapped(database);
    },
  );
});

describe("records that say less than the catalog", () => {
  testSwapped.for([
    ["swap", "%_swap_embedding_columns"],
    ["expand", "%_add_halfvec_columns"],
    ["everything after init", "%_halfvec_%,%_assert_converted,%_swap_embedding_columns"],
  ])(
    "%s is missing while all is swapped: run records it",
    { timeout: SLOW },
    async ([, patterns], { database }) => {
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
