import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { EMBEDDING_TABLES } from "../../app/embedding-tables.ts";
import { openConnections } from "../../app/services/halfvec/connections.ts";
import { contract } from "../../app/services/halfvec/contract/contract.ts";
import { VERIFICATION_DEFAULTS } from "../../app/services/halfvec/verify/verify-table.ts";
import { AT_ONCE, contractMigrations, SWAPPED } from "../support/contracting.ts";
import { checksums } from "../support/embedding-rows.ts";
import { goBack, refusalOf } from "../support/engine.ts";
import { migrateIn } from "../support/migrate.ts";
import { appliedMigrations } from "../support/migration-records.ts";
import { prismaIsUpToDate, prismaMigrate } from "../support/prisma-cli.ts";
import { schemaSnapshot } from "../support/schema-snapshot.ts";
import { phases } from "../support/table-phases.ts";
import { testOn } from "../support/test.ts";
import { createWorkingCopy } from "../support/working-copy.ts";

const test = testOn(SWAPPED);
const SLOW = 240_000;

describe("contract", () => {
  test("drops backup, trigger and bookkeeping, keeps every value, and a new database follows the same history", {
    timeout: SLOW,
  }, async ({ database }) => {
    const directory = await createWorkingCopy();
    const before = await checksums(database);
    const values = () =>
      database.query("SELECT id, md5(halfvec_send(embedding)) AS bytes FROM page_embeddings ORDER BY id");
    const kept = await values();

    const run = await migrateIn(directory, database, ...AT_ONCE);

    expect(run, run.stderr).toMatchObject({ code: 0, summary: { of: "contract", outcome: "done" } });
    expect(await phases(database)).toEqual(["contracted"]);
    expect(await values()).toEqual(kept);
    expect(await checksums(database)).toEqual(before);
    const contracted = await schemaSnapshot(database);
    expect(contracted.schemas).toEqual(["public", "vector_metrics"]);
    expect(contracted.triggers).toEqual([]);

    const [migration] = await contractMigrations(directory);
    expect(migration).toMatch(/^20\d{12}_drop_vector_backup$/);
    expect(run.events).toContainEqual({
      event: "written",
      path: `prisma/migrations/${migration}/migration.sql`,
    });
    expect(await appliedMigrations(database)).toContain("drop_vector_backup");

    await database.query(
      "DROP SCHEMA public, vector_metrics CASCADE; CREATE SCHEMA public; CREATE EXTENSION vector",
    );
    const deploy = await prismaMigrate(database, ["deploy"], directory);
    expect(deploy, deploy.output).toMatchObject({ code: 0 });
    expect(await schemaSnapshot(database)).toEqual(contracted);
    expect(await prismaIsUpToDate(database, directory)).toBe(true);
  });

  test("takes the migration that another database left, and its record where only that is missing", {
    timeout: SLOW,
  }, async ({ database }) => {
    const directory = await createWorkingCopy();
    await migrateIn(directory, database, ...AT_ONCE);
    await database.query("DELETE FROM _prisma_migrations WHERE migration_name LIKE '%drop_vector_backup'");
    const run = await migrateIn(directory, database, ...AT_ONCE);
    expect(run, run.stderr).toMatchObject({ code: 0 });
    expect(await appliedMigrations(database)).toContain("drop_vector_backup");
    expect(await contractMigrations(directory)).toHaveLength(1);
  });

  test("comes after every other migration where the clock is slow, and removes the draft of one that was killed", {
    timeout: SLOW,
  }, async ({ database }) => {
    const directory = await createWorkingCopy();
    const later = join(directory, "prisma/migrations/20981231235959_later");
    await mkdir(later);
    await writeFile(join(later, "migration.sql"), "SELECT 1;\n");
    await mkdir(join(directory, "prisma/contract/.draft-killed"));
    await writeFile(join(directory, "prisma/contract/.draft-killed/migration.sql"), "");
    const run = await migrateIn(directory, database, ...AT_ONCE);
    expect(run, run.stderr).toMatchObject({ code: 0 });
    expect(await contractMigrations(directory)).toEqual(["20990101000000_drop_vector_backup"]);
    expect((await readdir(join(directory, "prisma/contract"))).sort()).toEqual(["down.sql", "migration.sql"]);
  });

  test("gives the file its name on record where it was lost", { timeout: SLOW }, async ({ database }) => {
    const container = await createWorkingCopy();
    await migrateIn(container, database, ...AT_ONCE);
    const directory = await createWorkingCopy();
    const run = await migrateIn(directory, database, ...AT_ONCE);
    expect(run, run.stderr).toMatchObject({ code: 0 });
    const [name] = await contractMigrations(container);
    expect(await contractMigrations(directory)).toEqual([name]);
    expect(await prismaIsUpToDate(database, directory)).toBe(true);
  });

  test("takes back a record of what was never done, and does it", { timeout: SLOW }, async ({ database }) => {
    const directory = await createWorkingCopy();
    const name = "20261215000000_drop_vector_backup";
    await cp(join(directory, "prisma/contract"), join(directory, "prisma/migrations", name), {
      recursive: true,
    });
    const resolved = await prismaMigrate(database, ["resolve", "--applied", name], directory);
    expect(resolved, resolved.output).toMatchObject({ code: 0 });
    const run = await migrateIn(directory, database, ...AT_ONCE);
    expect(run, run.stderr).toMatchObject({ code: 0 });
    expect(run.events).toContainEqual({
      event: "warning",
      message: expect.stringContaining("the record is taken back"),
    });
    expect(await phases(database)).toEqual(["contracted"]);
    const records = (await appliedMigrations(database)).filter((title) => title === "drop_vector_backup");
    expect(records).toHaveLength(1);
  });

  test("tells of the lock before it asks whether to drop the originals", { timeout: SLOW }, async ({
    database,
  }) => {
    const asked: string[] = [];
    const contracted = await contract(
      await openConnections(database.url),
      {
        tables: EMBEDDING_TABLES,
        afterDays: 0,
        reclaim: "vacuum-full",
        storage: null,
        verification: { ...VERIFICATION_DEFAULTS, queries: 20 },
        lockTimeoutMs: 1000,
        reconnectSeconds: 0,
        runRepack: null,
        confirmRewrite: async (forecasts) => {
          asked.push(`rewrite ${forecasts.map(({ table }) => table).join()}`);
          return true;
        },
        confirmDrop: async (originals) => {
          asked.push(`drop ${originals}`);
          return false;
        },
      },
      () => undefined,
      new AbortController().signal,
    );
    expect(contracted).toBeNull();
    expect(asked).toEqual([`rewrite ${EMBEDDING_TABLES.map(({ name }) => name).join()}`, "drop 80"]);
    expect(await phases(database)).toEqual(["swapped"]);
  });
});

test("the words typed out contract before the time", { timeout: SLOW }, async ({ database }) => {
  const directory = await createWorkingCopy();
  const run = await migrateIn(
    directory,
    database,
    "contract",
    "--force",
    "drop the original vectors",
    "--yes",
  );
  expect(run, run.stderr).toMatchObject({ code: 0 });
  expect(await phases(database)).toEqual(["contracted"]);
  expect(await refusalOf(goBack(database, "baseline"))).toMatch(/contract has dropped the original values/);
});
