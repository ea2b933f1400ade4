import { describe, expect } from "vitest";
import { DOCUMENTS, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { InterruptedError } from "../../app/services/halfvec/errors.ts";
import { readStatus } from "../../app/services/halfvec/status.ts";
import { countDifferingFromBackup } from "../support/embedding-rows.ts";
import { goBack, runPhase, runUntil } from "../support/engine.ts";
import { filled, moved } from "../support/migration-states.ts";
import { prismaIsUpToDate, prismaMigrate } from "../support/prisma-cli.ts";
import { bytesById, writeAfterSwap } from "../support/rows-after-swap.ts";
import { schemaSnapshot } from "../support/schema-snapshot.ts";
import { phases } from "../support/table-phases.ts";
import { type TestDatabase, testOn } from "../support/test.ts";

const FILLED = filled(60, 20);
const test = testOn(FILLED);
const testSwapped = testOn(moved(FILLED, "swap"));
const testVerified = testOn(moved(FILLED, "verify"));
const SLOW = 240_000;

/** What the app is told to read, and by whom. */
async function flag(database: TestDatabase) {
  const rows = await database.query<{ value: string; updated_by: string }>(
    "SELECT value, updated_by FROM halfvec_migration.settings WHERE name = 'vector_column'",
  );
  return rows.map(({ value, updated_by }) => [value, updated_by]);
}

test("back to the baseline and forward again, twice", { timeout: SLOW }, async ({ database }) => {
  const baseline = await schemaSnapshot(database);
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

describe("a rollback that was left unfinished", () => {
  testSwapped(
    "is given up by a run that goes forward: trigger, indexes and flag are as after the swap",
    {
      timeout: SLOW,
    },
    async ({ database }) => {
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
    },
  );
});

testSwapped(
  "prisma migrate deploy does not swap again what was taken back",
  { timeout: SLOW },
  async ({ database }) => {
    await goBack(database, "index");
    const before = await schemaSnapshot(database);
    expect(await prismaMigrate(database, ["deploy"])).toMatchObject({
      code: 1,
      output: expect.stringContaining("page_embeddings is not verified"),
    });
    expect(await schemaSnapshot(database)).toEqual(before);
    await runUntil(database, "swap");
    expect(await prismaIsUpToDate(database)).toBe(true);
  },
);

testSwapped("a person's flag survives two rollbacks", { timeout: SLOW }, async ({ database }) => {
  const decide = () =>
    database.query(
      `INSERT INTO halfvec_migration.settings (name, value, updated_by) VALUES ('vector_column', '"auto"', 'somebody')
       ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value, updated_by = EXCLUDED.updated_by`,
    );
  for (const to of ["index", "convert"] as const) {
    await decide();
    await goBack(database, to);
    expect(await flag(database)).toEqual([["vector", "npm run migrate:halfvec -- rollback"]]);
  }
  await runUntil(database, "swap");
  expect(await flag(database)).toEqual([["auto", "somebody"]]);
});

testVerified(
  "indexes that were taken back are not swapped to before a new proof",
  { timeout: SLOW },
  async ({ database }) => {
    await goBack(database, "convert");
    expect(await prismaMigrate(database, ["deploy"])).toMatchObject({
      code: 1,
      output: expect.stringContaining("page_embeddings is not verified"),
    });
    expect(await phases(database)).toEqual(["indexed"]);
  },
);
