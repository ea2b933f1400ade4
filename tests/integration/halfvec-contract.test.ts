import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { DOCUMENTS, EMBEDDING_TABLES, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { readCatalog } from "../../app/services/halfvec/catalog.ts";
import { openConnections } from "../../app/services/halfvec/connections.ts";
import { contract } from "../../app/services/halfvec/contract/contract.ts";
import { reclaimSpace } from "../../app/services/halfvec/contract/reclaim.ts";
import type { MigrationEvent } from "../../app/services/halfvec/events.ts";
import { VERIFICATION_DEFAULTS } from "../../app/services/halfvec/verify/verify-table.ts";
import { deployThrough } from "../../app/services/prisma-migrations/apply-migration.ts";
import { findRepack } from "../../scripts/migrate-to-halfvec/pg-repack.ts";
import { finished, startPrisma } from "../support/cli.ts";
import { checksums, fillTable } from "../support/embedding-rows.ts";
import { goBack, refusalOf, runUntil } from "../support/engine.ts";
import { type MigrateRun, migrateIn } from "../support/migrate.ts";
import { appliedMigrations } from "../support/migration-records.ts";
import { schemaSnapshot } from "../support/schema-snapshot.ts";
import { test as base, type TestDatabase } from "../support/test.ts";
import { createWorkingCopy } from "../support/working-copy.ts";

const test = base.override({ through: "init" });
const SLOW = 240_000;
const AT_ONCE = ["contract", "--after-days", "0", "--yes"];

async function phases(database: TestDatabase): Promise<string[]> {
  const found: string[] = [];
  for (const table of EMBEDDING_TABLES) found.push((await readCatalog(database.client, table)).phase);
  return [...new Set(found)];
}

async function swapped(database: TestDatabase): Promise<void> {
  await fillTable(database, PAGE_EMBEDDINGS, 60);
  await fillTable(database, DOCUMENTS, 20, 2);
  await runUntil(database, "swap");
}

async function contractMigrations(directory: string): Promise<string[]> {
  const names = await readdir(join(directory, "prisma/migrations"));
  return names.filter((name) => name.endsWith("_drop_vector_backup"));
}

/** What contract must leave alone when it refuses. */
async function everything(database: TestDatabase, directory: string) {
  return [await schemaSnapshot(database), await checksums(database), await contractMigrations(directory)];
}

interface Bytes {
  heap: number;
  toast: number;
  indexes: { name: string; bytes: number }[];
  total: number;
}

interface ContractedFigures {
  reclaimed: string;
  tables: { table: string; before: Bytes; after: Bytes }[];
}

function contractedOf({ summary }: MigrateRun): ContractedFigures {
  return (summary as unknown as { contracted: ContractedFigures }).contracted;
}

describe("contract", () => {
  test("drops backup, trigger and bookkeeping, keeps every value, and a new database follows the same history", {
    timeout: SLOW,
  }, async ({ database }) => {
    await swapped(database);
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
    expect(contracted.schemas).toEqual(["public"]);
    expect(contracted.triggers).toEqual([]);

    const [migration] = await contractMigrations(directory);
    expect(migration).toMatch(/^20\d{12}_drop_vector_backup$/);
    expect(run.events).toContainEqual({
      event: "written",
      path: `prisma/migrations/${migration}/migration.sql`,
    });
    expect(await appliedMigrations(database)).toContain("drop_vector_backup");

    await database.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE EXTENSION vector");
    const deploy = await finished(
      startPrisma({ args: ["migrate", "deploy"], databaseUrl: database.url, cwd: directory }),
    );
    expect(deploy, deploy.stderr).toMatchObject({ code: 0 });
    expect(await schemaSnapshot(database)).toEqual(contracted);
    const status = await finished(
      startPrisma({ args: ["migrate", "status"], databaseUrl: database.url, cwd: directory }),
    );
    expect(status.stdout).toContain("Database schema is up to date!");
  });

  test.for(["none", "vacuum-full"])(
    "--reclaim %s says what was measured of table, TOAST and each index",
    { timeout: SLOW },
    async (reclaim, { database }) => {
      await swapped(database);
      const directory = await createWorkingCopy();
      const run = await migrateIn(directory, database, ...AT_ONCE, "--reclaim", reclaim);
      expect(run, run.stderr).toMatchObject({ code: 0 });
      const { tables, reclaimed } = contractedOf(run);
      expect(reclaimed).toBe(reclaim);
      const [pages] = tables;
      expect(pages?.before.indexes.map(({ name }) => name)).toContain(PAGE_EMBEDDINGS.halfvecIndex);
      expect(pages?.before.total).toBeGreaterThan(60 * 12_000);
      const share = (pages?.after.toast ?? 0) / (pages?.before.toast ?? 1);
      // Of 8 and 4 KB a row, the 4 stay.
      expect(share > 0.9).toBe(reclaim === "none");
      expect(share > 0.5).toBe(reclaim === "none");
      const [measured] = await database.query<{ total: number }>(
        "SELECT pg_total_relation_size('page_embeddings')::float8 AS total",
      );
      expect(pages?.after.total).toBe(measured?.total);
    },
  );

  test("once more only returns the space", { timeout: SLOW }, async ({ database }) => {
    await swapped(database);
    const directory = await createWorkingCopy();
    await migrateIn(directory, database, ...AT_ONCE);
    const run = await migrateIn(directory, database, ...AT_ONCE, "--reclaim", "vacuum-full");
    expect(run, run.stderr).toMatchObject({ code: 0, summary: { contracted: { reclaimed: "vacuum-full" } } });
    expect(run.events.filter(({ event }) => event === "written")).toEqual([]);
    expect(await contractMigrations(directory)).toHaveLength(1);
    expect(await phases(database)).toEqual(["contracted"]);
  });

  test("takes the migration that another database left, and its record where only that is missing", {
    timeout: SLOW,
  }, async ({ database }) => {
    await swapped(database);
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
    await swapped(database);
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
    await swapped(database);
    const container = await createWorkingCopy();
    await migrateIn(container, database, ...AT_ONCE);
    const directory = await createWorkingCopy();
    const run = await migrateIn(directory, database, ...AT_ONCE);
    expect(run, run.stderr).toMatchObject({ code: 0 });
    const [name] = await contractMigrations(container);
    expect(await contractMigrations(directory)).toEqual([name]);
    const status = await finished(
      startPrisma({ args: ["migrate", "status"], databaseUrl: database.url, cwd: directory }),
    );
    expect(status.stdout).toContain("Database schema is up to date!");
  });

  test("takes back a record of what was never done, and does it", { timeout: SLOW }, async ({ database }) => {
    await swapped(database);
    const directory = await createWorkingCopy();
    const name = "20261215000000_drop_vector_backup";
    await cp(join(directory, "prisma/contract"), join(directory, "prisma/migrations", name), {
      recursive: true,
    });
    const resolve = ["migrate", "resolve", "--applied", name];
    const resolved = await finished(
      startPrisma({ args: resolve, databaseUrl: database.url, cwd: directory }),
    );
    expect(resolved, resolved.stderr).toMatchObject({ code: 0 });
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
    await swapped(database);
    const asked: string[] = [];
    const contracted = await contract(
      await openConnections(database.url),
      {
        tables: EMBEDDING_TABLES,
        afterDays: 0,
        reclaim: "vacuum-full",
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

describe("the space is not returned twice, nor said to be where it is not", () => {
  const HOLDS = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'page_embeddings'::regclass";

  test("a lock that ANALYZE does not get is told, and the table not rewritten again", {
    timeout: SLOW,
    tags: ["server"],
  }, async ({ database }) => {
    const reader = await database.connect();
    const other = await database.connect();
    await reader.query("BEGIN");
    await reader.query("SELECT FROM page_embeddings");
    const events: MigrationEvent[] = [];
    const rewriting = reclaimSpace(
      await openConnections(database.url),
      { tables: [PAGE_EMBEDDINGS], reclaim: "vacuum-full", lockTimeoutMs: 5000, runRepack: null },
      (event) => events.push(event),
      new AbortController().signal,
    );
    await expect.poll(() => database.query(HOLDS)).toHaveLength(1);
    await other.query("BEGIN");
    const held = other.query("LOCK TABLE page_embeddings IN SHARE UPDATE EXCLUSIVE MODE");
    await expect.poll(() => database.query(HOLDS)).toHaveLength(2);
    await reader.query("COMMIT");
    await held;
    const rewritten = (await readCatalog(database.client, PAGE_EMBEDDINGS)).relfilenode;
    await rewriting;
    expect(events.filter(({ event }) => event === "waiting" || event === "warning")).toEqual([
      { event: "warning", table: "page_embeddings", message: expect.stringContaining("ANALYZE") },
    ]);
    expect((await readCatalog(database.client, PAGE_EMBEDDINGS)).relfilenode).toBe(rewritten);
    await other.query("ROLLBACK");
  });

  test("pg_repack that leaves a table as it is, because somebody holds it, is an error that names the session", {
    timeout: SLOW,
    tags: ["pg_repack"],
  }, async ({ database }) => {
    await database.query("CREATE EXTENSION pg_repack");
    const reader = await database.connect();
    await reader.query("BEGIN");
    await reader.query("SELECT FROM page_embeddings");
    const [backend] = (await reader.query<{ pid: number }>("SELECT pg_backend_pid() AS pid")).rows;
    const before = (await readCatalog(database.client, PAGE_EMBEDDINGS)).relfilenode;
    const rewriting = reclaimSpace(
      await openConnections(database.url),
      {
        tables: [PAGE_EMBEDDINGS],
        reclaim: "pg_repack",
        lockTimeoutMs: 1000,
        runRepack: await findRepack(database.url, 1),
      },
      () => undefined,
      new AbortController().signal,
    );
    await expect(rewriting).rejects.toThrow(
      new RegExp(`pg_repack left page_embeddings as it was .*held by process ${backend?.pid} .*again`),
    );
    expect((await readCatalog(database.client, PAGE_EMBEDDINGS)).relfilenode).toBe(before);
    await reader.query("COMMIT");
  });
});

test("--reclaim pg_repack returns the space while the table is read and written", {
  timeout: SLOW,
  tags: ["pg_repack"],
}, async ({ database }) => {
  await fillTable(database, PAGE_EMBEDDINGS, 1500);
  await runUntil(database, "swap");
  await database.query("CREATE EXTENSION pg_repack");
  const directory = await createWorkingCopy();
  const ids = (await database.query<{ id: string }>("SELECT id FROM page_embeddings")).map(({ id }) => id);
  const app = await database.connect();
  const written = new Map<string, string>();
  const done = new AbortController();
  const working = (async () => {
    for (let turn = 0; !done.signal.aborted; turn++) {
      const id = ids[turn % ids.length] as string;
      await app.query("UPDATE page_embeddings SET chunk_text = $2 WHERE id = $1", [id, `turn ${turn}`]);
      written.set(id, `turn ${turn}`);
      await app.query(
        "SELECT id FROM page_embeddings ORDER BY embedding <=> (SELECT embedding FROM page_embeddings WHERE id = $1) LIMIT 5",
        [id],
      );
    }
  })();

  const run = await migrateIn(directory, database, ...AT_ONCE, "--reclaim", "pg_repack");
  done.abort();
  await working;

  expect(run, run.stderr).toMatchObject({ code: 0, summary: { contracted: { reclaimed: "pg_repack" } } });
  const [pages] = contractedOf(run).tables;
  expect((pages?.after.toast ?? 0) / (pages?.before.toast ?? 1)).toBeLessThan(0.5);
  const rows = await database.query<{ id: string; chunk_text: string }>(
    "SELECT id, chunk_text FROM page_embeddings WHERE id = ANY ($1)",
    [[...written.keys()]],
  );
  expect(new Map(rows.map(({ id, chunk_text }) => [id, chunk_text]))).toEqual(written);
  expect(written.size).toBeGreaterThan(50);
});

describe("contract refuses with exit code 3 and changes nothing", () => {
  const REFUSALS: [name: string, args: string[], arrange: string | null, message: RegExp][] = [
    ["before 30 days have passed", ["contract", "--yes"], null, /the swap was less than a day ago.*30 days/],
    [
      "before the days that were asked for",
      ["contract", "--yes", "--after-days", "5"],
      `UPDATE halfvec_migration.settings SET value = to_jsonb(now() - interval '4 days') WHERE name = 'swapped_at'`,
      /the swap was 4 days ago.*contract waits 5 days/,
    ],
    [
      "one day after the swap",
      ["contract", "--yes", "--after-days", "5"],
      `UPDATE halfvec_migration.settings SET value = to_jsonb(now() - interval '25 hours') WHERE name = 'swapped_at'`,
      /the swap was 1 day ago/,
    ],
    [
      "while the values are not the cast of their originals",
      AT_ONCE,
      `ALTER TABLE page_embeddings DISABLE TRIGGER ALL;
       UPDATE page_embeddings SET embedding = (SELECT embedding FROM documents LIMIT 1)
       WHERE id = (SELECT min(id::text)::uuid FROM page_embeddings);
       ALTER TABLE page_embeddings ENABLE ALWAYS TRIGGER zz_halfvec_clear_backup`,
      /verify of page_embeddings is not green.*1 of 60 rows differ/,
    ],
    [
      "while a view reads the backup",
      AT_ONCE,
      "CREATE VIEW originals AS SELECT id, embedding_vector_backup FROM documents",
      /originals/,
    ],
    [
      "while an index stands on the backup",
      AT_ONCE,
      "CREATE INDEX on_backup ON documents ((vector_norm(embedding_vector_backup)))",
      /on_backup/,
    ],
    [
      "while a function names the backup",
      AT_ONCE,
      `CREATE FUNCTION norms() RETURNS SETOF float8 LANGUAGE sql
       AS 'SELECT vector_norm(embedding_vector_backup) FROM documents'`,
      /norms/,
    ],
    [
      "while a policy reads the backup",
      AT_ONCE,
      "CREATE POLICY kept ON documents USING (embedding_vector_backup IS NOT NULL)",
      /kept/,
    ],
    [
      "where nobody is there to be asked",
      ["contract", "--after-days", "0"],
      null,
      /nobody is here to be asked/,
    ],
    [
      "where it cannot return the space as asked",
      [...AT_ONCE, "--reclaim", "pg_repack"],
      null,
      /there is no program pg_repack|pg_repack is not in this database|this server has no pg_repack/,
    ],
  ];

  test.for(REFUSALS)("%s", { timeout: SLOW }, async ([, args, arrange, message], { database }) => {
    await swapped(database);
    await database.query(arrange ?? "SELECT 1");
    const directory = await createWorkingCopy();
    const before = await everything(database, directory);
    const run = await migrateIn(directory, database, ...args);
    expect(run).toMatchObject({ code: 3, summary: { outcome: "refused" } });
    expect(run.stderr).toMatch(message);
    expect(await everything(database, directory)).toEqual(before);
  });

  test("while a rollback has begun, and where nothing is swapped", { timeout: SLOW }, async ({
    database,
  }) => {
    const directory = await createWorkingCopy();
    await fillTable(database, PAGE_EMBEDDINGS, 20);
    await runUntil(database, "verify");
    const unswapped = await migrateIn(directory, database, ...AT_ONCE);
    expect(unswapped).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("page_embeddings is not swapped"),
    });

    await runUntil(database, "swap");
    await goBack(database, "baseline", ({ event }) => event === "proved").catch(() => undefined);
    const before = await everything(database, directory);
    const goingBack = await migrateIn(directory, database, ...AT_ONCE);
    expect(goingBack).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("a rollback of page_embeddings"),
    });
    expect(await everything(database, directory)).toEqual(before);
  });
});

test("a database without the tables is refused in words", { timeout: SLOW }, async ({ database }) => {
  await database.query("ALTER TABLE documents RENAME TO elsewhere");
  const run = await migrateIn(".", database, ...AT_ONCE, "--reclaim", "vacuum-full");
  expect(run).toMatchObject({ code: 3, stderr: expect.stringContaining("there is no table documents") });
});

test("the words typed out contract before the time", { timeout: SLOW }, async ({ database }) => {
  await swapped(database);
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

describe("the migration of contract under prisma migrate deploy", () => {
  const CONTRACT = "prisma/contract/migration.sql";

  test.for([
    ["before its time", null, /page_embeddings was swapped less than 30 days ago/],
    [
      "without a verify since the swap",
      "UPDATE halfvec_migration.settings SET value = to_jsonb(now() - interval '40 days') WHERE name = 'swapped_at'; DELETE FROM halfvec_migration.verifications",
      /page_embeddings was not verified since the swap/,
    ],
    [
      "while a view reads a backup",
      "CREATE VIEW originals AS SELECT id, embedding_vector_backup FROM documents",
      /view originals refers to documents\.embedding_vector_backup/,
    ],
    [
      "while an index stands on a backup",
      "CREATE INDEX on_backup ON documents ((vector_norm(embedding_vector_backup)))",
      /index on_backup refers to documents\.embedding_vector_backup/,
    ],
  ] as const)("refuses %s", { timeout: SLOW }, async ([, arrange, message], { database }) => {
    await swapped(database);
    await database.query(arrange ?? "SELECT 1");
    const before = await schemaSnapshot(database);
    await expect(database.query(await readFile(CONTRACT, "utf8"))).rejects.toThrow(message);
    expect(await schemaSnapshot(database)).toEqual(before);
  });

  test("goes through on a database without rows", { timeout: SLOW }, async ({ database }) => {
    await deployThrough(database.client);
    await database.query(await readFile(CONTRACT, "utf8"));
    expect(await phases(database)).toEqual(["contracted"]);
    await expect(database.query(await readFile("prisma/contract/down.sql", "utf8"))).rejects.toThrow(
      /contract cannot be undone/,
    );
  });
});
