import { describe, expect } from "vitest";
import { DOCUMENTS, EMBEDDING_TABLES, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { readCatalog, validIndexOn } from "../../app/services/halfvec/catalog.ts";
import { InterruptedError } from "../../app/services/halfvec/errors.ts";
import { readStatus } from "../../app/services/halfvec/status.ts";
import { finished, startPrisma } from "../support/cli.ts";
import { prepareSwapBack, readDown } from "../support/down-migrations.ts";
import { checksums, countDifferingFromBackup, fillTable } from "../support/embedding-rows.ts";
import { goBack, refusalOf, runPhase, runUntil } from "../support/engine.ts";
import { migrate } from "../support/migrate.ts";
import { appliedMigrations, prismaIsUpToDate } from "../support/migration-records.ts";
import { schemaSnapshot } from "../support/schema-snapshot.ts";
import { test as base, type TestDatabase } from "../support/test.ts";

const test = base.override({ through: "init" });
const SLOW = 240_000;

async function phases(database: TestDatabase): Promise<string[]> {
  const found: string[] = [];
  for (const table of EMBEDDING_TABLES) found.push((await readCatalog(database.client, table)).phase);
  return [...new Set(found)];
}

/** A checksum of the stored bytes of each page's embedding, as `vector`, by its id; null without one. */
async function bytesById(database: TestDatabase): Promise<Map<string, string | null>> {
  const rows = await database.query<{ id: string; bytes: string | null }>(
    "SELECT id, md5(vector_send(embedding::vector)) AS bytes FROM page_embeddings",
  );
  return new Map(rows.map(({ id, bytes }) => [id, bytes]));
}

/** Changes, empties, deletes, touches and adds a page while the columns are swapped. Returns their ids. */
async function writeAfterSwap(database: TestDatabase) {
  const rows = await database.query<{ id: string }>("SELECT id FROM page_embeddings ORDER BY id LIMIT 4");
  const [changed, emptied, deleted, touched] = rows.map(({ id }) => id) as [string, string, string, string];
  await database.query(
    "UPDATE page_embeddings SET embedding = (SELECT embedding FROM documents LIMIT 1) WHERE id = $1",
    [changed],
  );
  await database.query("UPDATE page_embeddings SET embedding = NULL WHERE id = $1", [emptied]);
  await database.query("DELETE FROM page_embeddings WHERE id = $1", [deleted]);
  await database.query("UPDATE page_embeddings SET chunk_text = 'touched' WHERE id = $1", [touched]);
  const [added] = await database.query<{ id: string }>(
    `INSERT INTO page_embeddings (page_id, workspace_id, embedding)
     SELECT gen_random_uuid(), workspace_id, embedding FROM documents LIMIT 1 RETURNING id`,
  );
  return { changed, emptied, deleted, added: added?.id ?? "" };
}

/** What the app is told to read, and by whom. */
async function flag(database: TestDatabase) {
  const rows = await database.query<{ value: string; updated_by: string }>(
    "SELECT value, updated_by FROM halfvec_migration.settings WHERE name = 'vector_column'",
  );
  return rows.map(({ value, updated_by }) => [value, updated_by]);
}

async function fill(database: TestDatabase): Promise<void> {
  await fillTable(database, PAGE_EMBEDDINGS, 60);
  await fillTable(database, DOCUMENTS, 20, 2);
}

describe("rollback", () => {
  test("from the swap: the catalog as it was, every original bit for bit, what was written since rounded and counted", {
    timeout: SLOW,
  }, async ({ database }) => {
    const baseline = await schemaSnapshot(database);
    await fill(database);
    const expected = await bytesById(database);
    await runUntil(database, "swap");
    const { changed, emptied, deleted, added } = await writeAfterSwap(database);
    const rounded = await bytesById(database);
    for (const id of [changed, added]) expected.set(id, rounded.get(id) ?? "missing");
    expected.set(emptied, null);
    expected.delete(deleted);
    const others = await checksums(database);

    const run = await migrate(database, "rollback", "--yes");

    expect(run, run.stderr).toMatchObject({
      code: 0,
      summary: {
        of: "rollback",
        outcome: "done",
        to: "baseline",
        tables: [
          { table: "page_embeddings", originals: { rows: 59, unequal: 0, rounded: 2 } },
          { table: "block_embeddings", originals: { rows: 0, unequal: 0, rounded: 0 } },
          { table: "database_row_embeddings", originals: { rows: 0, unequal: 0, rounded: 0 } },
          { table: "documents", originals: { rows: 20, unequal: 0, rounded: 0 } },
        ],
      },
    });
    expect(await schemaSnapshot(database)).toEqual(baseline);
    expect(await bytesById(database)).toEqual(expected);
    expect(await checksums(database)).toEqual(others);
    expect(await appliedMigrations(database)).toEqual(["init"]);
    expect(await prismaIsUpToDate(database)).toBe(false);
  });

  test("and forward again, twice", { timeout: SLOW }, async ({ database }) => {
    const baseline = await schemaSnapshot(database);
    await fill(database);
    const originals = await bytesById(database);
    const swapped: unknown[] = [];
    for (let time = 0; time < 2; time++) {
      await runUntil(database, "swap");
      swapped.push(await schemaSnapshot(database));
      await goBack(database, "baseline");
      expect(await schemaSnapshot(database)).toEqual(baseline);
      expect(await bytesById(database)).toEqual(originals);
    }
    expect(swapped[1]).toEqual(swapped[0]);
    await runUntil(database, "swap");
    expect(await prismaIsUpToDate(database)).toBe(true);
    expect(await countDifferingFromBackup(database, PAGE_EMBEDDINGS)).toBe(0);
  });

  test.for(["expand", "convert", "index", "verify"] as const)(
    "from %s: the catalog as it was, no value touched",
    { timeout: SLOW },
    async (until, { database }) => {
      const baseline = await schemaSnapshot(database);
      await fill(database);
      const originals = await bytesById(database);
      await runUntil(database, until);
      expect(await schemaSnapshot(database)).not.toEqual(baseline);
      await goBack(database, "baseline");
      expect(await schemaSnapshot(database)).toEqual(baseline);
      expect(await bytesById(database)).toEqual(originals);
      expect(await appliedMigrations(database)).toEqual(["init"]);
    },
  );

  test("at the baseline has nothing to do", { timeout: SLOW }, async ({ database }) => {
    await fill(database);
    const before = [await schemaSnapshot(database), await bytesById(database)];
    const run = await migrate(database, "rollback");
    expect(run, run.stderr).toMatchObject({ code: 0, summary: { outcome: "done", tables: null } });
    expect([await schemaSnapshot(database), await bytesById(database)]).toEqual(before);
  });

  test.for([
    ["index", "indexed", true],
    ["verify", "indexed", true],
    ["convert", "expanded", false],
    ["expand", "expanded", false],
  ] as const)(
    "--to %s from the swap stops there, and goes forward from there",
    { timeout: SLOW },
    async ([to, phase, indexed], { database }) => {
      await fill(database);
      const originals = await bytesById(database);
      await runUntil(database, "swap");
      await goBack(database, to);
      expect(await phases(database)).toEqual([phase]);
      expect(await bytesById(database)).toEqual(originals);
      const catalog = await readCatalog(database.client, PAGE_EMBEDDINGS);
      expect(validIndexOn(catalog, PAGE_EMBEDDINGS.column)).toBeDefined();
      expect(validIndexOn(catalog, PAGE_EMBEDDINGS.twin) !== undefined).toBe(indexed);
      expect(catalog.triggers).toEqual(["zz_halfvec_keep_twin"]);
      await runUntil(database, "swap");
      expect(await phases(database)).toEqual(["swapped"]);
      expect(await countDifferingFromBackup(database, PAGE_EMBEDDINGS)).toBe(0);
      expect(await prismaIsUpToDate(database)).toBe(true);
    },
  );

  test("builds every index again that the swap dropped, as it was", { timeout: SLOW }, async ({
    database,
  }) => {
    await fill(database);
    await database.query("ALTER INDEX page_embeddings_embedding_idx RENAME TO as_it_was_called_here");
    await database.query(
      "CREATE INDEX by_length ON page_embeddings USING hnsw (embedding vector_l2_ops) WITH (m = 8, ef_construction = 32)",
    );
    const before = await schemaSnapshot(database);
    await runUntil(database, "swap");
    await goBack(database, "baseline");
    expect(await schemaSnapshot(database)).toEqual(before);
  });

  test("where there was no index, the one of the registry stands afterwards", { timeout: SLOW }, async ({
    database,
  }) => {
    const baseline = await schemaSnapshot(database);
    await fill(database);
    await database.query("DROP INDEX page_embeddings_embedding_idx");
    await runUntil(database, "swap");
    await goBack(database, "baseline");
    expect(await schemaSnapshot(database)).toEqual(baseline);
  });

  test("does nothing without --yes where nobody is there", { timeout: SLOW }, async ({ database }) => {
    await fill(database);
    await runUntil(database, "swap");
    const before = await schemaSnapshot(database);
    const run = await migrate(database, "rollback", "--to", "index");
    expect(run).toMatchObject({ code: 3, summary: { outcome: "refused" } });
    expect(run.stderr).toContain("npm run migrate:halfvec -- rollback --to index --json --yes");
    expect(await schemaSnapshot(database)).toEqual(before);
  });

  test("stops before the columns change places where a backup is not what the app reads", {
    timeout: SLOW,
  }, async ({ database }) => {
    await fill(database);
    const originals = await bytesById(database);
    await runUntil(database, "swap");
    await database.query("ALTER TABLE page_embeddings DISABLE TRIGGER ALL");
    await database.query(
      "UPDATE page_embeddings SET embedding_vector_backup = (SELECT embedding_vector_backup FROM documents LIMIT 1) WHERE id = (SELECT min(id::text)::uuid FROM page_embeddings)",
    );
    await database.query("ALTER TABLE page_embeddings ENABLE ALWAYS TRIGGER zz_halfvec_clear_backup");
    const refusal = await refusalOf(goBack(database, "baseline"));
    expect(refusal).toMatch(/^1 rows of page_embeddings have a backup that is not what the app reads/);
    expect(await phases(database)).toEqual(["swapped"]);

    const repair = /(UPDATE .*); then run again/.exec(refusal)?.[1] ?? "";
    await database.query(repair);
    await goBack(database, "baseline");
    const after = await bytesById(database);
    const changed = [...originals].filter(([id, bytes]) => after.get(id) !== bytes);
    expect(changed).toHaveLength(1);
  });

  test("stops, and changes nothing, while a view stands on the halfvec column", { timeout: SLOW }, async ({
    database,
  }) => {
    await fill(database);
    await runUntil(database, "swap");
    await database.query("CREATE VIEW newest AS SELECT id, embedding FROM page_embeddings");
    const before = await schemaSnapshot(database);
    expect(await refusalOf(goBack(database, "baseline"))).toMatch(/newest/);
    expect(await schemaSnapshot(database)).toEqual(before);
    await database.query("DROP VIEW newest");
    await goBack(database, "baseline");
    expect(await phases(database)).toEqual(["baseline"]);
  });
});

describe("a rollback that was left unfinished", () => {
  test("is given up by a run that goes forward: trigger, indexes and flag are as after the swap", {
    timeout: SLOW,
  }, async ({ database }) => {
    await fill(database);
    await runUntil(database, "swap");
    await database.query(
      "INSERT INTO halfvec_migration.settings (name, value, updated_by) VALUES ('vector_column', '\"auto\"', 'somebody')",
    );
    const swapped = await schemaSnapshot(database);
    await writeAfterSwap(database);
    await expect(goBack(database, "baseline", ({ event }) => event === "proved")).rejects.toThrow(
      InterruptedError,
    );
    const status = await readStatus(database.client, [PAGE_EMBEDDINGS]);
    expect(status.tables[0]).toMatchObject({ phase: "swapped", goingBack: true });
    expect(await schemaSnapshot(database)).not.toEqual(swapped);
    expect(await flag(database)).toEqual([["vector", "npm run migrate:halfvec -- rollback"]]);

    await runUntil(database, "swap");
    expect(await schemaSnapshot(database)).toEqual(swapped);
    expect(await flag(database)).toEqual([["auto", "somebody"]]);
    const again = await readStatus(database.client, [PAGE_EMBEDDINGS]);
    expect(again.tables[0]).toMatchObject({ phase: "swapped", goingBack: false });
    expect(await countDifferingFromBackup(database, DOCUMENTS)).toBe(0);
    await runPhase(database, "verify");
  });
});

test("prisma migrate deploy does not swap again what was taken back", { timeout: SLOW }, async ({
  database,
}) => {
  await fill(database);
  await runUntil(database, "swap");
  await goBack(database, "index");
  const before = await schemaSnapshot(database);
  const deploy = await finished(startPrisma({ args: ["migrate", "deploy"], databaseUrl: database.url }));
  expect(deploy.code).toBe(1);
  expect(deploy.stdout + deploy.stderr).toContain("page_embeddings is not verified");
  expect(await schemaSnapshot(database)).toEqual(before);
  await runUntil(database, "swap");
  expect(await prismaIsUpToDate(database)).toBe(true);
});

describe("an index under another name", () => {
  test("is left alone by a run that goes forward, and stops a rollback before anything is changed", {
    timeout: SLOW,
  }, async ({ database }) => {
    await fill(database);
    await runUntil(database, "swap");
    await database.query("ALTER INDEX documents_halfvec_hnsw_idx RENAME TO documents_embedding_hnsw_idx");
    await database.query("CREATE INDEX mine ON documents USING hnsw (embedding_vector_backup vector_l2_ops)");
    const before = await schemaSnapshot(database);
    await runUntil(database, "swap");
    expect(await schemaSnapshot(database)).toEqual(before);

    expect(await refusalOf(goBack(database, "index"))).toMatch(
      /documents_embedding_hnsw_idx again, and an index on embedding has that name/,
    );
    expect(await schemaSnapshot(database)).toEqual(before);
    await database.query("ALTER INDEX documents_embedding_hnsw_idx RENAME TO another");
    await goBack(database, "index");
    const catalog = await readCatalog(database.client, DOCUMENTS);
    expect(validIndexOn(catalog, DOCUMENTS.column)?.name).toBe("documents_embedding_hnsw_idx");
  });

  test("IVFFlat under the name of the registry comes back as it was", { timeout: SLOW }, async ({
    database,
  }) => {
    await fill(database);
    await database.query("DROP INDEX documents_embedding_hnsw_idx");
    await database.query(
      "CREATE INDEX documents_embedding_hnsw_idx ON documents USING ivfflat (embedding vector_cosine_ops) WITH (lists = 2)",
    );
    const before = await schemaSnapshot(database);
    await runUntil(database, "swap");
    await goBack(database, "baseline");
    expect(await schemaSnapshot(database)).toEqual(before);
  });
});

test("a person's flag survives two rollbacks", { timeout: SLOW }, async ({ database }) => {
  await fill(database);
  const decide = () =>
    database.query(
      `INSERT INTO halfvec_migration.settings (name, value, updated_by) VALUES ('vector_column', '"auto"', 'somebody')
       ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value, updated_by = EXCLUDED.updated_by`,
    );
  await runUntil(database, "swap");
  for (const to of ["index", "convert"] as const) {
    await decide();
    await goBack(database, to);
    expect(await flag(database)).toEqual([["vector", "npm run migrate:halfvec -- rollback"]]);
  }
  await runUntil(database, "swap");
  expect(await flag(database)).toEqual([["auto", "somebody"]]);
});

test("indexes that were taken back are not swapped to before a new proof", { timeout: SLOW }, async ({
  database,
}) => {
  await fill(database);
  await runUntil(database, "verify");
  await goBack(database, "convert");
  const deploy = await finished(startPrisma({ args: ["migrate", "deploy"], databaseUrl: database.url }));
  expect(deploy.code).toBe(1);
  expect(deploy.stdout + deploy.stderr).toContain("page_embeddings is not verified");
  expect(await phases(database)).toEqual(["indexed"]);
});

test("down.sql by hand refuses a row that was written while no trigger watched", { timeout: SLOW }, async ({
  database,
}) => {
  await fill(database);
  await runUntil(database, "swap");
  await database.query(`
    ALTER TABLE page_embeddings DISABLE TRIGGER ALL;
    UPDATE page_embeddings SET embedding = (SELECT embedding FROM documents LIMIT 1)
    WHERE id = (SELECT min(id::text)::uuid FROM page_embeddings);
    ALTER TABLE page_embeddings ENABLE TRIGGER ALL`);
  await prepareSwapBack(database);
  await expect(database.query(await readDown("swap_embedding_columns"))).rejects.toThrow(
    /the backup of 1 rows of page_embeddings is missing or not their value/,
  );
  expect(await phases(database)).toEqual(["swapped"]);
});
