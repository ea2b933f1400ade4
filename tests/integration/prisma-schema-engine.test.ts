import { describe, expect } from "vitest";
import { finished, startPrisma } from "../support/cli.ts";
import { createMigrationProject } from "../support/migration-project.ts";
import { test } from "../support/test.ts";

const REFUSAL = `CREATE TABLE left_behind (id integer);
DO $$ BEGIN
  RAISE EXCEPTION USING
    MESSAGE = '12 rows; are not converted; run: npm run migrate:halfvec -- run --tables a,b',
    HINT = 'twice',
    ERRCODE = '42P01';
END $$;`;

describe("prisma migrate, with the schema engine from npm", () => {
  test("applies functions, triggers, DO blocks and a lone CREATE INDEX CONCURRENTLY", async ({
    database,
  }) => {
    const project = await createMigrationProject({
      "1_table": "CREATE TABLE t (id integer PRIMARY KEY, note text); -- a comment at the end",
      "2_trigger": `CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN new.note := 'a;b'; RETURN new; END $$;
        CREATE TRIGGER stamp BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION stamp();`,
      "3_do": "DO $do$ BEGIN INSERT INTO t (id) VALUES (1); INSERT INTO t (id) VALUES (2); END $do$",
      "4_index": "CREATE INDEX CONCURRENTLY t_note ON t (note);",
    });
    const deploy = await project.prisma(database.url, "migrate", "deploy");
    expect(deploy).toEqual({
      code: 0,
      output: expect.stringContaining("All migrations have been successfully applied"),
    });
    expect(await database.query("SELECT id, note FROM t ORDER BY id")).toEqual([
      { id: 1, note: "a;b" },
      { id: 2, note: "a;b" },
    ]);
    expect(
      await database.query("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_note'::regclass"),
    ).toEqual([{ indisvalid: true }]);
    const status = await project.prisma(database.url, "migrate", "status");
    expect(status).toEqual({ code: 0, output: expect.stringContaining("Database schema is up to date") });
  });

  test("a failing file leaves nothing behind, and what it raised is shown whole", async ({ database }) => {
    const project = await createMigrationProject({
      "1_table": "CREATE TABLE t (id integer PRIMARY KEY);",
      "2_refuses": REFUSAL,
      "3_after": "CREATE TABLE after_it (id integer);",
    });
    const deploy = await project.prisma(database.url, "migrate", "deploy");
    expect(deploy.code).toBe(1);
    expect(deploy.output).toContain("P3018");
    expect(deploy.output).toContain("Migration name: 2_refuses");
    expect(deploy.output).toContain("Database error code: 42P01");
    expect(deploy.output).toContain(
      "ERROR: 12 rows; are not converted; run: npm run migrate:halfvec -- run --tables a,b\nHINT: twice\n",
    );
    expect(
      await database.query("SELECT to_regclass('left_behind') AS l, to_regclass('after_it') AS a"),
    ).toEqual([{ l: null, a: null }]);
    expect(
      await database.query(
        "SELECT migration_name, finished_at IS NOT NULL AS finished, logs LIKE '%12 rows; are%' AS logged FROM _prisma_migrations ORDER BY started_at",
      ),
    ).toEqual([
      { migration_name: "1_table", finished: true, logged: null },
      { migration_name: "2_refuses", finished: false, logged: true },
    ]);
  });

  test("resolves a failed migration either way", async ({ database }) => {
    const project = await createMigrationProject({
      "1_refuses": REFUSAL,
      "2_table": "CREATE TABLE t (id integer);",
    });
    await project.prisma(database.url, "migrate", "deploy");
    expect((await project.prisma(database.url, "migrate", "deploy")).output).toContain("P3009");

    const rolledBack = await project.prisma(database.url, "migrate", "resolve", "--rolled-back", "1_refuses");
    expect(rolledBack).toEqual({ code: 0, output: expect.stringContaining("marked as rolled back") });
    expect((await project.prisma(database.url, "migrate", "deploy")).output).toContain("P3018");

    const applied = await project.prisma(database.url, "migrate", "resolve", "--applied", "1_refuses");
    expect(applied).toEqual({ code: 0, output: expect.stringContaining("marked as applied") });
    expect((await project.prisma(database.url, "migrate", "deploy")).code).toBe(0);
    expect(await database.query("SELECT to_regclass('t') IS NOT NULL AS there")).toEqual([{ there: true }]);
  });

  test("compares a database with the schema", async ({ database }) => {
    const project = await createMigrationProject({
      "1_table": "CREATE TABLE other (id integer PRIMARY KEY);",
    });
    await project.prisma(database.url, "migrate", "deploy");
    const diff = ["migrate", "diff", "--from-config-datasource", "--script"];
    const { code, output } = await project.prisma(database.url, ...diff, "--to-empty");
    expect(output).toContain('DROP TABLE "public"."other"');
    expect(code).toBe(0);
  });

  test("creates the database, and a shadow database beside it", { tags: ["server"] }, async ({
    database,
  }) => {
    const project = await createMigrationProject({ "1_table": "CREATE TABLE t (id integer PRIMARY KEY);" });
    const url = `${database.url}_created`;
    const name = new URL(url).pathname.slice(1);
    try {
      const deploy = await project.prisma(url, "migrate", "deploy");
      expect(deploy).toEqual({
        code: 0,
        output: expect.stringContaining(`PostgreSQL database ${name} created`),
      });
      const compare = ["migrate", "diff", "--from-migrations", project.migrations, "--to-config-datasource"];
      expect(await project.prisma(url, ...compare)).toEqual({
        code: 0,
        output: expect.stringContaining("No difference detected"),
      });
      expect(
        await database.query("SELECT datname FROM pg_database WHERE datname LIKE 'prisma\\_migrate%'"),
      ).toEqual([]);
    } finally {
      await database.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    }
  });

  test("says its version, as prisma --version asks", async () => {
    const run = await finished(startPrisma({ args: ["--version"] }));
    expect(run).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Schema Engine\s+: schema-engine-cli 7\./),
    });
  });

  test("says which server does not answer", async () => {
    const project = await createMigrationProject({ "1_table": "CREATE TABLE t (id integer);" });
    const url = "postgresql://postgres@127.0.0.1:9/postgres";
    const { code, output } = await project.prisma(url, "migrate", "deploy");
    expect(output).toContain("P1001");
    expect(output).toContain("127.0.0.1:9");
    expect(code).toBe(1);
  });

  test("the project's own configuration finds it, and the schema is valid", async () => {
    const env = { PRISMA_SCHEMA_ENGINE_BINARY: undefined };
    const validate = await finished(startPrisma({ args: ["validate"], env }));
    expect(validate).toMatchObject({ code: 0, stdout: expect.stringContaining("is valid") });
  });
});
