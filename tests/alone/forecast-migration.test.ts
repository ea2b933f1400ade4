import { describe, expect } from "vitest";
import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { planMigration, type TablePlan } from "../../app/services/halfvec/plan.ts";
import type { StorageFigures } from "../../app/services/halfvec/storage.ts";
import { seedSynthetic } from "../../app/services/synthetic/seed-synthetic.server.ts";
import { AT_ONCE } from "../support/contracting.ts";
import { runUntil } from "../support/engine.ts";
import { migrateIn } from "../support/migrate.ts";
import { takeProfile } from "../support/profiles.ts";
import { type TestDatabase, testOn } from "../support/test.ts";
import { createWorkingCopy } from "../support/working-copy.ts";

const test = testOn("init");
const ROWS = 3_000;
const SLOW = 300_000;
const MOST_ERROR = 0.03;
/** Images of catalog pages and of the bookkeeping count for something beside so few rows. */
const MOST_ERROR_OF_WAL = 0.06;
const PAGE = 8192;

const PARTS = [
  "heapBytes",
  "toastBytes",
  "vectorIndexBytes",
  "halfvecIndexBytes",
  "otherIndexBytes",
] as const;
/** Pages of each part that are chance: of a heap or a B-tree the last, of an HNSW index its first and its last. */
const CHANCE: Record<(typeof PARTS)[number], number> = {
  heapBytes: 2,
  toastBytes: 2,
  vectorIndexBytes: 2,
  halfvecIndexBytes: 2,
  otherIndexBytes: 12,
};

/** The parts of a forecast that are further off what was measured than chance and three in a hundred, in bytes. */
function wrongParts(forecast: StorageFigures | undefined, measured: StorageFigures | undefined): string[] {
  return PARTS.flatMap((part) => {
    const [expected, found] = [forecast?.[part] ?? Number.NaN, measured?.[part] ?? Number.NaN];
    const most = CHANCE[part] * PAGE + MOST_ERROR * Math.max(PAGE, found);
    return Math.abs(expected - found) < most ? [] : [`${part}: ${expected} forecast, ${found} measured`];
  });
}

async function planned(database: TestDatabase): Promise<NonNullable<TablePlan["storage"]>> {
  const [plan] = await planMigration(database.client, [PAGE_EMBEDDINGS]);
  return plan?.storage as NonNullable<TablePlan["storage"]>;
}

/** Bytes of log that the server has written so far. */
async function walPosition(database: TestDatabase): Promise<number> {
  const [row] = await database.query<{ bytes: number }>(
    "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS bytes",
  );
  return row?.bytes ?? Number.NaN;
}

// Alone: a transaction that writes in any database of the server keeps updated rows from being cleared away, and the heap grows.
describe.for([400, 1_800])("a migration of rows of %i bytes", (rowBytes) => {
  test("takes what plan says before it, turn by turn, and plan says it beside what was measured", {
    tags: ["server"],
    timeout: SLOW,
  }, async ({ database }) => {
    await seedSynthetic(database.client, PAGE_EMBEDDINGS, { rows: ROWS, rowBytes, seed: 1, method: "copy" });
    await database.query("VACUUM ANALYZE page_embeddings");
    const before = await planned(database);
    expect(before.measured).toEqual([]);
    const [plan] = await planMigration(database.client, [PAGE_EMBEDDINGS]);
    await runUntil(database, "expand");
    await database.query("CHECKPOINT");
    const logged = await walPosition(database);
    await runUntil(database, "index");
    const wal = (await walPosition(database)) - logged;
    expect(Math.abs((plan?.walBytesForecast ?? Number.NaN) / wal - 1)).toBeLessThan(MOST_ERROR_OF_WAL);
    await runUntil(database, "swap");
    const swapped = await planned(database);
    const measuredAt = (moment: string) => swapped.measured.find((stored) => stored.moment === moment);
    await takeProfile(database, "compact");
    const both = await planned(database);
    const directory = await createWorkingCopy();
    const contracted = await migrateIn(directory, database, ...AT_ONCE, "--reclaim", "vacuum-full");
    expect(contracted, contracted.stderr).toMatchObject({ code: 0 });
    await takeProfile(database, "halfvec", { dropOther: true });
    const withHalfvec = await planned(database);
    await takeProfile(database, "compact", { dropOther: true });
    const withCompact = await planned(database);
    const wrong = {
      "peak, at the baseline": wrongParts(before.peak, measuredAt("indexed")),
      "swapped, at the baseline": wrongParts(before.swapped, measuredAt("swapped")),
      "peak, after the swap": wrongParts(swapped.peak, measuredAt("indexed")),
      "peak, after contract": wrongParts(withHalfvec.peak, measuredAt("indexed")),
      "swapped, with both indexes": wrongParts(both.swapped, measuredAt("swapped")),
      "contracted, at the baseline": wrongParts(before.contracted, withHalfvec.now),
      "contracted, after the swap": wrongParts(swapped.contracted, withHalfvec.now),
      "contracted, with both indexes": wrongParts(both.contracted, withHalfvec.now),
      "contracted, with a compact index": wrongParts(withCompact.contracted, withHalfvec.now),
      "compact, at the baseline": wrongParts(before.compact, withCompact.now),
      "compact, with both indexes": wrongParts(both.compact, withCompact.now),
      "compact, after contract": wrongParts(withCompact.compact, withCompact.now),
    };
    const told = Object.entries(wrong).flatMap(([turn, parts]) => parts.map((part) => `${turn}: ${part}`));
    expect(told.join("; ")).toBe("");
    expect(withCompact.measured.map(({ moment }) => moment)).toEqual(
      swapped.measured.map(({ moment }) => moment),
    );
  });
});
