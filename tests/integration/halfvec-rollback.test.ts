import { beforeAll, describe, expect } from "vitest";
import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { readCatalog, validIndexOn } from "../../app/services/halfvec/catalog.ts";
import { checksums, countDifferingFromBackup } from "../support/embedding-rows.ts";
import { goBack, runUntil } from "../support/engine.ts";
import { migrate } from "../support/migrate.ts";
import { appliedMigrations } from "../support/migration-records.ts";
import { filled, moved } from "../support/migration-states.ts";
import { readFrom } from "../support/open-database.ts";
import { prismaIsUpToDate } from "../support/prisma-cli.ts";
import { bytesById, expectedBytes, writeAfterSwap } from "../support/rows-after-swap.ts";
import { type SchemaSnapshot, schemaSnapshot } from "../support/schema-snapshot.ts";
import { phases } from "../support/table-phases.ts";
import { testOn } from "../support/test.ts";

const FILLED = filled(60, 20);
const test = testOn(FILLED);
const testSwapped = testOn(moved(FILLED, "swap"));
const SLOW = 240_000;

/** Schema and embeddings before the migration. */
let baseline: { schema: SchemaSnapshot; bytes: Map<string, string | null> };

beforeAll(async () => {
  baseline = await readFrom(FILLED, async (database) => ({
    schema: await schemaSnapshot(database),
    bytes: await bytesById(database),
  }));
});

describe("rollback", () => {
  testSwapped(
    "from the swap: the catalog as it was, every original bit for bit, what was written since rounded and counted",
    {
      timeout: SLOW,
    },
    async ({ database }) => {
      const { changed, added, ...gone } = await writeAfterSwap(database);
      const expected = expectedBytes(baseline.bytes, await bytesById(database), {
        rounded: [changed, added],
        ...gone,
      });
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
      expect(await schemaSnapshot(database)).toEqual(baseline.schema);
      expect(await bytesById(database)).toEqual(expected);
      expect(await checksums(database)).toEqual(others);
      expect(await appliedMigrations(database)).toEqual(["init"]);
      expect(await prismaIsUpToDate(database)).toBe(false);
    },
  );

  test.for(["expand", "convert", "index", "verify"] as const)(
    "from %s: the catalog as it was, no value touched",
    { timeout: SLOW },
    async (until, { database }) => {
      await runUntil(database, until);
      expect(await schemaSnapshot(database)).not.toEqual(baseline.schema);
      await goBack(database, "baseline");
      expect(await schemaSnapshot(database)).toEqual(baseline.schema);
      expect(await bytesById(database)).toEqual(baseline.bytes);
      expect(await appliedMigrations(database)).toEqual(["init"]);
    },
  );

  test("at the baseline has nothing to do", { timeout: SLOW }, async ({ database }) => {
    const run = await migrate(database, "rollback");
    expect(run, run.stderr).toMatchObject({ code: 0, summary: { outcome: "done", tables: null } });
    expect(await schemaSnapshot(database)).toEqual(baseline.schema);
    expect(await bytesById(database)).toEqual(baseline.bytes);
  });

  testSwapped.for([
    ["index", "indexed", true],
    ["verify", "indexed", true],
    ["convert", "expanded", false],
    ["expand", "expanded", false],
  ] as const)(
    "--to %s from the swap stops there, and goes forward from there",
    { timeout: SLOW },
    async ([to, phase, indexed], { database }) => {
      await goBack(database, to);
      expect(await phases(database)).toEqual([phase]);
      expect(await bytesById(database)).toEqual(baseline.bytes);
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
});
