import { describe, expect } from "vitest";
import { EMBEDDING_TABLES, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { readCatalog } from "../../app/services/halfvec/catalog.ts";
import { type Connections, openConnections } from "../../app/services/halfvec/connections.ts";
import { CONVERSION_DEFAULTS } from "../../app/services/halfvec/convert/options.ts";
import type { MigrationEvent } from "../../app/services/halfvec/events.ts";
import { PHASE_NAMES, type PhaseName } from "../../app/services/halfvec/phases.ts";
import { planMigration } from "../../app/services/halfvec/plan.ts";
import { preflight } from "../../app/services/halfvec/preflight/preflight.ts";
import { runMigration } from "../../app/services/halfvec/run.ts";
import { readStatus } from "../../app/services/halfvec/status.ts";
import { VERIFICATION_DEFAULTS } from "../../app/services/halfvec/verify/verify-table.ts";
import { countDifferingFromBackup, fillTable } from "../support/embedding-rows.ts";
import { filled, moved } from "../support/migration-states.ts";
import { testOn } from "../support/test.ts";

const test = testOn("init");
const SLOW = 120_000;

/** Phases of the catalog in which a table is after each step. */
const AFTER: Record<PhaseName, string> = {
  expand: "expanded",
  convert: "expanded",
  index: "indexed",
  verify: "indexed",
  swap: "swapped",
};

async function runUntil(connections: Connections, until: PhaseName): Promise<MigrationEvent[]> {
  const events: MigrationEvent[] = [];
  await runMigration(
    connections,
    {
      tables: EMBEDDING_TABLES,
      allTables: EMBEDDING_TABLES,
      until,
      conversion: CONVERSION_DEFAULTS,
      verification: { ...VERIFICATION_DEFAULTS, queries: 10 },
      reconnectSeconds: 0,
      confirmSwap: async () => true,
    },
    (event) => events.push(event),
    new AbortController().signal,
  );
  return events;
}

describe("every phase from every earlier one", () => {
  let state = filled(20);
  for (const from of [null, ...PHASE_NAMES]) {
    if (from !== null) state = moved(state, from);
    const later = PHASE_NAMES.slice(from === null ? 0 : PHASE_NAMES.indexOf(from));
    const testFrom = testOn(state);
    testFrom.for(later)(`from ${from} to %s`, { timeout: SLOW }, async (to, { database }) => {
      const connections = await openConnections(database.url);
      await runUntil(connections, to);
      expect((await readCatalog(database.client, PAGE_EMBEDDINGS)).phase).toBe(AFTER[to]);
      await runUntil(connections, "swap");
      expect((await readCatalog(database.client, PAGE_EMBEDDINGS)).phase).toBe("swapped");
      expect(await countDifferingFromBackup(database, PAGE_EMBEDDINGS)).toBe(0);
    });
  }
});

describe("plan", () => {
  test("forecasts what is measured afterwards, within 3 %", { timeout: SLOW }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 300);
    const connections = await openConnections(database.url);
    const [plan] = await planMigration(database.client, [PAGE_EMBEDDINGS]);
    expect(plan).toMatchObject({ phase: "baseline", rows: 300, unconverted: 300, steps: PHASE_NAMES });
    expect(plan).toMatchObject({ buildSeconds: null, buildSecondsForecast: expect.any(Number) });
    expect(plan?.buildSecondsForecast).toBeGreaterThan(plan?.compactBuildSecondsForecast ?? 0);
    await runUntil(connections, "index");
    const [peak] = await database.query<{ bytes: number }>(
      "SELECT pg_total_relation_size('page_embeddings')::int AS bytes",
    );
    expect(Math.abs((plan?.peakBytesForecast ?? 0) / (peak?.bytes ?? 0) - 1)).toBeLessThan(0.03);
    await runUntil(connections, "swap");
    const [swapped] = await database.query<{ bytes: number }>(
      "SELECT pg_total_relation_size('page_embeddings')::int AS bytes",
    );
    expect(Math.abs((plan?.swappedBytesForecast ?? 0) / (swapped?.bytes ?? 0) - 1)).toBeLessThan(0.03);
    expect(await planMigration(database.client, [PAGE_EMBEDDINGS])).toMatchObject([
      { steps: [], unconverted: 0, buildSeconds: expect.any(Number) },
    ]);
  });
});

describe("status", () => {
  test("reads the same figures that the run told", { timeout: SLOW }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 60);
    const connections = await openConnections(database.url);
    expect(await readStatus(database.client, [PAGE_EMBEDDINGS])).toMatchObject({
      settings: null,
      tables: [{ phase: "baseline", conversion: null, verification: null }],
    });
    const events = await runUntil(connections, "verify");
    const verified = events.find((event) => event.event === "verified" && event.table === "page_embeddings");
    const { settings, tables } = await readStatus(database.client, [PAGE_EMBEDDINGS]);
    expect(settings).toMatchObject({ paused: false, swappedAt: null });
    expect(tables).toMatchObject([
      {
        conversion: { rowsConverted: 60, rowsTotal: 60, claims: 0 },
        setAside: [],
        verification: { ok: true },
      },
    ]);
    expect(verified).toMatchObject({ figures: tables[0]?.verification?.figures });
    expect(tables[0]?.storage.map(({ moment }) => moment)).toEqual([
      "baseline",
      "expanded",
      "converted",
      "indexed",
    ]);
  });
});

describe("preflight", () => {
  test("finds nothing on a healthy baseline but what to know", async ({ database }) => {
    expect(
      (await preflight(database.client, EMBEDDING_TABLES)).filter(({ level }) => level === "stop"),
    ).toEqual([]);
  });

  test("names a wrong type, a wrong key, a trigger and an invalid or missing index", async ({ database }) => {
    await database.query("ALTER TABLE documents ALTER COLUMN embedding TYPE vector(3)");
    await database.query("ALTER TABLE block_embeddings DROP CONSTRAINT block_embeddings_pkey");
    await database.query("DROP INDEX page_embeddings_embedding_idx");
    await database.query(
      `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$`,
    );
    await database.query(
      "CREATE TRIGGER touched AFTER UPDATE ON database_row_embeddings FOR EACH ROW EXECUTE FUNCTION touch()",
    );
    const findings = await preflight(database.client, EMBEDDING_TABLES);
    const said = (level: string, table: string) =>
      findings
        .filter((finding) => finding.level === level && finding.table === table)
        .map(({ message }) => message);
    expect(said("stop", "documents")).toEqual([expect.stringContaining("is vector(3), not vector(1536)")]);
    expect(said("stop", "block_embeddings")).toEqual([
      expect.stringContaining("primary key of block_embeddings is ()"),
    ]);
    expect(said("warn", "page_embeddings")).toEqual([expect.stringContaining("no valid HNSW index")]);
    expect(said("warn", "database_row_embeddings")).toEqual([expect.stringContaining("touched")]);
  });

  test("names the missing right of a role", { tags: ["server"] }, async ({ database }) => {
    const role = `reader_${Math.random().toString(36).slice(2, 10)}`;
    const [name] = await database.query<{ name: string }>("SELECT current_database() AS name");
    await database.query(`CREATE ROLE ${role}`);
    try {
      await database.query(`SET ROLE ${role}`);
      const findings = await preflight(database.client, EMBEDDING_TABLES);
      const stops = findings.filter(({ level }) => level === "stop").map(({ message }) => message);
      expect(stops).toContainEqual(
        expect.stringContaining(`GRANT CREATE ON DATABASE "${name?.name}" TO "${role}"`),
      );
    } finally {
      await database.query(`RESET ROLE; DROP ROLE ${role}`);
    }
  });
});
