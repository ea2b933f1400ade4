import { randomBytes } from "node:crypto";
import pg from "pg";
import { describe, expect } from "vitest";
import { DOCUMENTS, EMBEDDING_TABLES } from "../../app/embedding-tables.ts";
import { readCatalog } from "../../app/services/halfvec/catalog.ts";
import { openConnections } from "../../app/services/halfvec/connections.ts";
import type { Finding } from "../../app/services/halfvec/preflight/finding.ts";
import { preflight } from "../../app/services/halfvec/preflight/preflight.ts";
import { countDifferingFromBackup, fillTable } from "../support/embedding-rows.ts";
import { runPhase, runUntil } from "../support/engine.ts";
import { migrate } from "../support/migrate.ts";
import { schemaSnapshot } from "../support/schema-snapshot.ts";
import { test as base, type TestDatabase } from "../support/test.ts";

const SLOW = 120_000;
const PASSWORD = "of-a-test";

interface Role {
  /** Quoted: the names hold what must be. */
  name: string;
  /** The database as this role sees it. */
  database: TestDatabase;
  findings(): Promise<Finding[]>;
  stops(): Promise<string[]>;
}

interface RoleFixtures {
  /** May log in, and nothing more. */
  nobody: Role;
  /** Owns the tables and may do all that the migration needs. */
  mover: Role;
}

const test = base.override({ through: "init" }).extend<RoleFixtures>({
  nobody: async ({ database }, use) => withRole(database, "Nobody's", use),
  mover: async ({ database }, use) =>
    withRole(database, 'The "mover"', async (role) => {
      const [found] = await database.query<{ name: string }>("SELECT current_database() AS name");
      await database.query(`
          GRANT CREATE ON DATABASE ${pg.escapeIdentifier(found?.name ?? "")} TO ${role.name};
          GRANT USAGE, CREATE ON SCHEMA public TO ${role.name};
          GRANT SELECT, INSERT, UPDATE ON _prisma_migrations TO ${role.name}`);
      for (const { name } of EMBEDDING_TABLES) {
        await database.query(`ALTER TABLE ${name} OWNER TO ${role.name}`);
      }
      await use(role);
    }),
});

async function withRole(
  database: TestDatabase,
  title: string,
  work: (role: Role) => Promise<void>,
): Promise<void> {
  const plain = `${title} ${randomBytes(4).toString("hex")}`;
  const name = pg.escapeIdentifier(plain);
  const url = new URL(database.url);
  url.username = encodeURIComponent(plain);
  url.password = PASSWORD;
  await database.query(`CREATE ROLE ${name} LOGIN PASSWORD '${PASSWORD}'`);
  const findings = async () => {
    const connections = await openConnections(url.href);
    return connections.use("test", (client) => preflight(client, EMBEDDING_TABLES));
  };
  const stops = async () =>
    (await findings()).filter(({ level }) => level === "stop").map(({ message }) => message);
  try {
    await work({ name, database: { ...database, url: url.href }, findings, stops });
  } finally {
    await database.query(
      `REASSIGN OWNED BY ${name} TO CURRENT_USER; DROP OWNED BY ${name}; DROP ROLE ${name}`,
    );
  }
}

/** The statements that the messages say to run. */
function statementsOf(messages: readonly string[]): string[] {
  return messages.map((message) => {
    const [, statement] = /\b[Rr]un: (.+?)(?:; where |, or as |$)/.exec(message) ?? [];
    if (statement === undefined) throw new Error(`says not what to run: ${message}`);
    return statement;
  });
}

describe("a role without the needed rights", { tags: ["server"] }, () => {
  const TAKEN: [what: string, take: string, statement: RegExp][] = [
    ["CREATE on the database", "REVOKE CREATE ON DATABASE :database FROM :role", /^GRANT CREATE ON DATABASE/],
    [
      "CREATE on the schema",
      "REVOKE CREATE ON SCHEMA public FROM :role",
      /^GRANT CREATE ON SCHEMA "public" TO/,
    ],
    ["a table", "ALTER TABLE documents OWNER TO CURRENT_USER", /^GRANT "\w+" TO/],
    [
      "reading its own table",
      "REVOKE SELECT ON documents FROM :role",
      /^GRANT SELECT, UPDATE ON "public"."documents" TO/,
    ],
    [
      "writing Prisma's records",
      "REVOKE INSERT ON _prisma_migrations FROM :role",
      /^GRANT SELECT, INSERT, UPDATE ON "public"."_prisma_migrations" TO/,
    ],
    [
      "the functions of pgvector",
      "REVOKE EXECUTE ON FUNCTION vector_to_halfvec FROM PUBLIC",
      /^GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA "public" TO/,
    ],
    [
      "the type halfvec",
      "REVOKE USAGE ON TYPE halfvec FROM PUBLIC",
      /^GRANT USAGE ON TYPE public.halfvec TO/,
    ],
    [
      "transactions that write",
      "ALTER ROLE :role SET default_transaction_read_only = on",
      /^ALTER ROLE .* SET default_transaction_read_only = off/,
    ],
    [
      "rows that a policy hides",
      "ALTER TABLE documents ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
      /^ALTER ROLE .* BYPASSRLS/,
    ],
    [
      "the schema of pgvector",
      "CREATE SCHEMA extensions; ALTER EXTENSION vector SET SCHEMA extensions; ALTER ROLE :role SET search_path = public, extensions",
      /^GRANT USAGE ON SCHEMA "extensions" TO/,
    ],
    [
      "a search_path to pgvector",
      "CREATE SCHEMA extensions; ALTER EXTENSION vector SET SCHEMA extensions; GRANT USAGE ON SCHEMA extensions TO :role",
      /^ALTER ROLE .* SET search_path = "\$user", public, "extensions"/,
    ],
  ];

  test.for(TAKEN)(
    "%s: the one statement that it names mends it",
    async ([, take, expected], { database, mover }) => {
      expect(await mover.stops()).toEqual([]);
      const [found] = await database.query<{ name: string }>("SELECT current_database() AS name");
      await database.query(
        take.replaceAll(":role", mover.name).replaceAll(":database", pg.escapeIdentifier(found?.name ?? "")),
      );
      const statements = statementsOf(await mover.stops());
      expect(statements).toEqual([expect.stringMatching(expected)]);
      await database.query(statements[0] ?? "");
      expect(await mover.stops()).toEqual([]);
    },
  );

  test("a search_path to other tables: named, and nothing is taken for the wrong one", async ({
    database,
    mover,
  }) => {
    await database.query(`
      CREATE SCHEMA other; GRANT USAGE ON SCHEMA other TO ${mover.name};
      CREATE TABLE other.documents (id uuid PRIMARY KEY);
      ALTER ROLE ${mover.name} SET search_path = other, public`);
    const stops = await mover.stops();
    expect(stops).toEqual([expect.stringContaining("call documents without its schema")]);
    await database.query(statementsOf(stops)[0] ?? "");
    expect(await mover.stops()).toEqual([]);
  });

  test("the bookkeeping of another role", { timeout: SLOW }, async ({ database, mover }) => {
    await runUntil(database, "expand");
    const statements = statementsOf(await mover.stops());
    expect(statements).toEqual([expect.stringMatching(/^GRANT "\w+" TO "The ""mover""/)]);
    await database.query(statements[0] ?? "");
    expect(await mover.stops()).toEqual([]);
  });

  test("all that is missing is told at once, by the CLI with exit code 3, and nothing is changed", {
    timeout: SLOW,
  }, async ({ database, nobody }) => {
    const before = await schemaSnapshot(database);
    const run = await migrate(nobody.database, "run", "--yes");
    expect(run).toMatchObject({ code: 3, summary: { outcome: "refused" } });
    for (const expected of ["CREATE ON DATABASE", "CREATE ON SCHEMA", "_prisma_migrations"]) {
      expect(run.stderr).toContain(expected);
    }
    for (const { name } of EMBEDDING_TABLES) expect(run.stderr).toContain(`only the owner of ${name}`);
    expect(await schemaSnapshot(database)).toEqual(before);
  });

  test("not even USAGE on the schema: told as well, and not as an error", async ({ database, mover }) => {
    await database.query(`REVOKE ALL ON SCHEMA public FROM PUBLIC, ${mover.name}`);
    const stops = await mover.stops();
    expect(stops).toContainEqual(expect.stringContaining('GRANT USAGE, CREATE ON SCHEMA "public"'));
    for (const statement of statementsOf(stops)) await database.query(statement);
    await database.query(`ALTER ROLE ${mover.name} RESET ALL`);
    expect(await mover.stops()).toEqual([]);
  });

  test("pg_monitor is no need: what cannot be seen without it is told", async ({ database, mover }) => {
    const monitor = async () =>
      (await mover.findings())
        .filter(({ message }) => message.includes("pg_monitor"))
        .map(({ level }) => level);
    expect(await monitor()).toEqual(["warn"]);
    await database.query(`GRANT pg_monitor TO ${mover.name}`);
    expect(await monitor()).toEqual([]);
  });
});

test("the rights that preflight asks for are enough for the whole migration", {
  tags: ["server"],
  timeout: SLOW,
}, async ({ database, mover }) => {
  await fillTable(database, DOCUMENTS, 20);
  expect(await mover.stops()).toEqual([]);
  await runUntil(mover.database, "verify");
  await runPhase(mover.database, "swap");
  expect((await readCatalog(database.client, DOCUMENTS)).phase).toBe("swapped");
  expect(await countDifferingFromBackup(database, DOCUMENTS)).toBe(0);
});
