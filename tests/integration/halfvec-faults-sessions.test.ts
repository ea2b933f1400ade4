import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect } from "vitest";
import { DOCUMENTS, EMBEDDING_TABLES, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { readCatalog } from "../../app/services/halfvec/catalog.ts";
import { checksums, countDifferingFromBackup, fillTable } from "../support/embedding-rows.ts";
import { migrate } from "../support/migrate.ts";
import { conversionRecord, countUnconvertedRows } from "../support/migration-records.ts";
import { prismaIsUpToDate } from "../support/prisma-cli.ts";
import { startMigration } from "../support/running-migration.ts";
import { test as base } from "../support/test.ts";

const test = base.override({ through: "init" });
const SLOW = 120_000;
const ROWS = 900;

describe("a session that holds", { tags: ["server"] }, () => {
  test("rows: they are passed by, and converted when it ends", { timeout: SLOW }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, ROWS);
    await migrate(database, "run", "--until", "expand");
    const holder = await database.connect();
    await holder.query("BEGIN");
    const { rowCount } = await holder.query(
      "SELECT FROM page_embeddings WHERE id IN (SELECT id FROM page_embeddings ORDER BY id LIMIT 3) FOR UPDATE",
    );
    expect(rowCount).toBe(3);

    const cli = startMigration(database, ["convert"]);
    await cli.printed(/"reason":"3 rows are locked by other sessions"/);
    expect(await countUnconvertedRows(database, PAGE_EMBEDDINGS)).toBe(3);
    await holder.query("COMMIT");

    expect(await cli.exit, cli.stderr()).toMatchObject({ code: 0 });
    expect(await countUnconvertedRows(database, PAGE_EMBEDDINGS)).toBe(0);
    expect(await conversionRecord(database, PAGE_EMBEDDINGS)).toMatchObject({
      converted: ROWS,
      finished: true,
    });
  });

  test("the horizon: it is named, and the conversion goes on when it ends", { timeout: SLOW }, async ({
    database,
  }) => {
    await fillTable(database, PAGE_EMBEDDINGS, ROWS);
    await migrate(database, "run", "--until", "expand");
    const holder = await database.connect();
    const { rows } = await holder.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    await holder.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    await holder.query("SELECT count(*) FROM page_embeddings");

    const cli = startMigration(database, ["convert"]);
    await cli.printed(new RegExp(`"reason":"session ${rows[0]?.pid} .*has a transaction open since`));
    const waiting = await conversionRecord(database, PAGE_EMBEDDINGS);
    expect(waiting).toMatchObject({ finished: false });
    expect(waiting.converted).toBeLessThan(ROWS);
    await sleep(1500);
    expect(await conversionRecord(database, PAGE_EMBEDDINGS)).toEqual(waiting);
    // As the dashboard reads it.
    const stored = () =>
      database.query("SELECT throttle FROM halfvec_migration.progress ORDER BY measured_at DESC LIMIT 1");
    await expect
      .poll(stored, { timeout: 20_000 })
      .toEqual([{ throttle: expect.stringContaining(`session ${rows[0]?.pid} `) }]);
    await holder.query("COMMIT");

    expect(await cli.exit, cli.stderr()).toMatchObject({ code: 0 });
    expect(await conversionRecord(database, PAGE_EMBEDDINGS)).toMatchObject({
      converted: ROWS,
      finished: true,
    });
  });

  test("a table at the swap: nothing is changed, nobody waits long, and a later run swaps", {
    timeout: SLOW,
  }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 300);
    await fillTable(database, DOCUMENTS, 100);
    const before = await checksums(database);
    expect(await migrate(database, "run", "--until", "verify")).toMatchObject({ code: 0 });
    const holder = await database.connect();
    await holder.query("BEGIN");
    await holder.query("SELECT id FROM documents LIMIT 1");

    const lockTimeoutMs = 400;
    const swapping = startMigration(database, ["swap", "--yes", "--lock-timeout", String(lockTimeoutMs)], {
      PGOPTIONS: "-c halfvec_migration.lock_attempts=6",
    });
    const over = new AbortController();
    const queriesOf = EMBEDDING_TABLES.map(async (table) => {
      const client = await database.connect();
      let longest = 0;
      while (!over.signal.aborted) {
        const began = performance.now();
        await client.query(`UPDATE ${table.name} SET updated_at = updated_at WHERE false`);
        longest = Math.max(longest, performance.now() - began);
        await sleep(5);
      }
      return longest;
    });
    const exit = await swapping.exit;
    over.abort();
    const waits = await Promise.all(queriesOf);

    expect(exit.code).toBe(1);
    expect(swapping.stderr()).toMatch(/could not lock .*documents.* another session holds them/);
    expect(swapping.stderr()).toContain("then run the same command again");
    expect(swapping.events().at(-1)).toMatchObject({ event: "summary", outcome: "failed" });
    // The lock time-out, and as long again for a machine that is busy.
    expect(Math.max(...waits)).toBeLessThan(lockTimeoutMs + 1000);
    for (const table of EMBEDDING_TABLES) {
      const { phase, triggers } = await readCatalog(database.client, table);
      expect({ phase, triggers }).toEqual({ phase: "indexed", triggers: ["zz_halfvec_keep_twin"] });
    }

    await holder.query("COMMIT");
    expect(await migrate(database, "run", "--yes")).toMatchObject({ code: 0, summary: { outcome: "done" } });
    for (const table of EMBEDDING_TABLES) {
      expect((await readCatalog(database.client, table)).phase).toBe("swapped");
      expect(await countDifferingFromBackup(database, table)).toBe(0);
    }
    expect(await checksums(database)).toEqual(before);
    expect(await prismaIsUpToDate(database)).toBe(true);
  });
});
