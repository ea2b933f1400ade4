import { describe, expect } from "vitest";
import { applyMigration, deployThrough } from "../../app/services/prisma-migrations/apply-migration.ts";
import {
  findMigration,
  type Migration,
  readMigrations,
} from "../../app/services/prisma-migrations/migration-files.ts";
import { MigrationLockError } from "../../app/services/prisma-migrations/migration-lock.ts";
import {
  migrationStates,
  recordAsApplied,
  recordAsRolledBack,
} from "../../app/services/prisma-migrations/migration-records.ts";
import { createMigrationProject, type MigrationProject } from "../support/migration-project.ts";
import { test } from "../support/test.ts";

const TABLE = "CREATE TABLE t (id integer PRIMARY KEY);";
const FAILING = "CREATE TABLE half (id integer); SELECT 1 / 0;";
const LOCK = "SELECT pg_advisory_lock(72707369)";

async function only({ migrations }: MigrationProject): Promise<Migration> {
  return findMigration(await readMigrations(migrations), "1_only");
}

describe("deployThrough", () => {
  test("applies up to the named migration, then the rest; Prisma agrees", async ({ database }) => {
    const project = await createMigrationProject({
      "20260101000000_first": TABLE,
      "20260102000000_second": "CREATE INDEX CONCURRENTLY t_again ON t (id); -- alone",
      "20260103000000_third": "DO $$ BEGIN INSERT INTO t VALUES (1); END $$",
    });
    const seen: string[] = [];
    const dir = project.migrations;
    await deployThrough(database.client, {
      dir,
      through: "second",
      onApplied: ({ name }) => seen.push(name),
    });
    expect(seen).toEqual(["20260101000000_first", "20260102000000_second"]);
    const behind = await project.prisma(database.url, "migrate", "status");
    expect(behind).toEqual({
      code: 1,
      output: expect.stringMatching(/not yet been applied:\s+20260103000000_third/),
    });

    expect((await deployThrough(database.client, { dir })).map(({ name }) => name)).toEqual([
      "20260103000000_third",
    ]);
    expect(await deployThrough(database.client, { dir })).toEqual([]);
    const status = await project.prisma(database.url, "migrate", "status");
    expect(status).toEqual({ code: 0, output: expect.stringContaining("Database schema is up to date") });
    expect(await database.query("SELECT DISTINCT applied_steps_count FROM _prisma_migrations")).toEqual([
      { applied_steps_count: 1 },
    ]);
  });

  test("goes on after Prisma failed, and Prisma after it", async ({ database }) => {
    const project = await createMigrationProject({
      "1_table": TABLE,
      "2_flaky": FAILING,
      "3_last": "SELECT 1",
    });
    expect((await project.prisma(database.url, "migrate", "deploy")).output).toContain("P3018");
    const migrations = await readMigrations(project.migrations);
    const statuses = (await migrationStates(database.client, migrations)).map(({ status }) => status);
    expect(statuses).toEqual(["applied", "failed", "pending"]);

    await project.write("2_flaky", "CREATE TABLE half (id integer);");
    await deployThrough(database.client, { dir: project.migrations, through: "flaky" });
    const deploy = await project.prisma(database.url, "migrate", "deploy");
    expect(deploy).toEqual({ code: 0, output: expect.stringContaining("3_last") });
  });

  test("an unknown name is an error that lists the known ones", async ({ database }) => {
    const project = await createMigrationProject({ "1_table": TABLE, "2_more": TABLE });
    const deploy = deployThrough(database.client, { dir: project.migrations, through: "tabel" });
    await expect(deploy).rejects.toThrow(/"tabel".*1_table.*2_more/s);
  });
});

describe("applyMigration", () => {
  test("a failure leaves only its record, which Prisma takes for its own", async ({ database }) => {
    const project = await createMigrationProject({ "1_fails": FAILING });
    const migrations = await readMigrations(project.migrations);
    const migration = findMigration(migrations, "fails");
    await expect(applyMigration(database.client, migration)).rejects.toMatchObject({ code: "22012" });
    expect(await database.query("SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);
    expect(await migrationStates(database.client, migrations)).toEqual([
      { name: "1_fails", status: "failed", edited: false, logs: "ERROR: division by zero (SQLSTATE 22012)" },
    ]);
    expect((await project.prisma(database.url, "migrate", "deploy")).output).toContain("P3009");
    const resolve = await project.prisma(database.url, "migrate", "resolve", "--rolled-back", "1_fails");
    expect(resolve.code).toBe(0);
    expect(await migrationStates(database.client, migrations)).toMatchObject([{ status: "pending" }]);
  });

  test("a failing file that opened a transaction leaves the connection usable", async ({ database }) => {
    const project = await createMigrationProject({ "1_only": `BEGIN; ${FAILING}` });
    const migration = await only(project);
    await expect(applyMigration(database.client, migration)).rejects.toMatchObject({ code: "22012" });
    expect(await database.query("SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);
  });

  test("the file and its record are one transaction", async ({ database }) => {
    // What the file sees of the transaction it runs in is what its record is written in.
    const project = await createMigrationProject({
      "1_remember": "CREATE TABLE t AS SELECT pg_current_xact_id()::text AS xact",
    });
    await deployThrough(database.client, { dir: project.migrations });
    const rows = await database.query(
      "SELECT m.xmin::text = t.xact AS together FROM t, _prisma_migrations m WHERE m.finished_at IS NOT NULL",
    );
    expect(rows).toEqual([{ together: true }]);
  });

  test("two at once apply it once", { tags: ["server"] }, async ({ database }) => {
    const project = await createMigrationProject({
      "1_only": "SELECT pg_sleep(0.5); CREATE TABLE t (id integer)",
    });
    const migration = await only(project);
    const other = await database.connect();
    const applied = await Promise.all([
      applyMigration(database.client, migration),
      applyMigration(other, migration),
    ]);
    expect(applied.sort()).toEqual([false, true]);
    expect(await database.query("SELECT count(*)::integer AS n FROM _prisma_migrations")).toEqual([{ n: 1 }]);
  });

  test("gives up on a lock that is held, and takes it when it is free", { tags: ["server"] }, async ({
    database,
  }) => {
    const project = await createMigrationProject({ "1_only": TABLE });
    const migration = await only(project);
    const other = await database.connect();
    await other.query(LOCK);
    const refused = applyMigration(database.client, migration, { lockWaitMs: 200 });
    await expect(refused).rejects.toBeInstanceOf(MigrationLockError);
    const waiting = applyMigration(database.client, migration);
    await other.query("SELECT pg_advisory_unlock_all()");
    expect(await waiting).toBe(true);
    expect(
      await database.query(
        `SELECT count(*)::integer AS n FROM pg_locks WHERE locktype = 'advisory' AND objid = 72707369
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      ),
    ).toEqual([{ n: 0 }]);
  });
});

describe("records", () => {
  test("resolve as Prisma does, and undo one that was applied", async ({ database }) => {
    const project = await createMigrationProject({ "1_only": TABLE });
    const migration = await only(project);
    const up = () => project.prisma(database.url, "migrate", "status");
    await recordAsRolledBack(database.client, migration);
    await recordAsApplied(database.client, migration);
    await recordAsApplied(database.client, migration);
    expect((await up()).code).toBe(0);
    expect(await database.query("SELECT to_regclass('t') AS t")).toEqual([{ t: null }]);
    expect(await database.query("SELECT count(*)::integer AS n FROM _prisma_migrations")).toEqual([{ n: 1 }]);

    await recordAsRolledBack(database.client, migration);
    expect((await up()).code).toBe(1);
    expect((await project.prisma(database.url, "migrate", "deploy")).code).toBe(0);
    expect(await database.query("SELECT to_regclass('t') IS NOT NULL AS t")).toEqual([{ t: true }]);
  });

  test("a file that changed after it was applied is told", async ({ database }) => {
    const project = await createMigrationProject({ "1_table": TABLE, "2_more": "SELECT 1" });
    await deployThrough(database.client, { dir: project.migrations, through: "table" });
    await project.write("1_table", `${TABLE} -- changed`);
    const states = await migrationStates(database.client, await readMigrations(project.migrations));
    expect(states).toEqual([
      { name: "1_table", status: "applied", edited: true, logs: null },
      { name: "2_more", status: "pending", edited: false, logs: null },
    ]);
  });
});
