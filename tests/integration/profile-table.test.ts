import { expect } from "vitest";
import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import type { ProfileTable } from "../../app/services/halfvec/profile-table/profile-figures.ts";
import type { MigrationStatus } from "../../app/services/halfvec/status.ts";
import { readVectorMetrics } from "../../app/services/monitoring/vector-metrics.server.ts";
import { AT_ONCE } from "../support/contracting.ts";
import { runUntil } from "../support/engine.ts";
import { measuredStorage } from "../support/measured-storage.ts";
import { migrate, migrateIn } from "../support/migrate.ts";
import { filled } from "../support/migration-states.ts";
import { takeProfile } from "../support/profiles.ts";
import { type TestDatabase, testOn } from "../support/test.ts";
import { createWorkingCopy } from "../support/working-copy.ts";

const test = testOn(filled(300));
const SLOW = 300_000;
const HALFVEC = PAGE_EMBEDDINGS.halfvecIndex;
const COMPACT = "page_embeddings_compact_hnsw_idx";

/** What `status --json` says of the pages. The page and `GET /api/metrics.json` say the same of every table. */
async function told(database: TestDatabase): Promise<ProfileTable> {
  const { code, events } = await migrate(database, "status");
  expect(code).toBe(0);
  const { tables } = events.at(-1) as unknown as MigrationStatus;
  const { storage } = await readVectorMetrics(database.client);
  expect(storage).toMatchObject({
    state: "read",
    value: { profiles: tables.map(({ profiles }) => profiles) },
  });
  return tables[0]?.profiles as ProfileTable;
}

/** Bytes of an index and the point of its tuning that searches take, by SQL alone. */
async function indexIn(database: TestDatabase, name: string) {
  const [found] = await database.query<{ bytes: number; recall: number; p95: number }>(
    `SELECT pg_relation_size($1::regclass)::float8 AS bytes, (p ->> 'recall')::float8 AS recall, (p ->> 'p95')::float8 AS p95
     FROM (SELECT obj_description($1::regclass, 'pg_class')::jsonb -> 'tuning' AS tuning) AS t,
          jsonb_array_elements(tuning -> 'curve') AS p
     WHERE p -> 'candidates' = tuning -> 'candidates'`,
    [name],
  );
  return found;
}

async function verifiedIn(database: TestDatabase) {
  const [found] = await database.query<{ recall: number; p95: number }>(
    `SELECT (figures ->> 'recallVector')::float8 AS recall, (figures ->> 'p95Vector')::float8 AS p95
     FROM halfvec_migration.verifications WHERE table_name = 'page_embeddings' ORDER BY id DESC LIMIT 1`,
  );
  return found;
}

test("status and the page tell the bytes of vector, and forecasts, before anything began", async ({
  database,
}) => {
  const { page_embeddings: before } = await measuredStorage(database);
  const found = await told(database);
  expect(found).toMatchObject({
    rows: { baseline: null, now: 300, embedded: 300 },
    total: {
      asked: 0.43,
      vector: { bytes: before?.total, share: 1, forecast: false },
      halfvec: { forecast: true },
    },
    index: { asked: 0.34, vector: { bytes: before?.vectorIndexes }, compact: { forecast: true } },
    recall: { vector: null, halfvec: null, compact: null },
    p95: { vector: null, halfvec: null, compact: null },
  });
});

test("every figure of vector, halfvec and compact is that of an independent query, to the end", {
  timeout: SLOW,
}, async ({ database }) => {
  const { page_embeddings: before } = await measuredStorage(database);
  await runUntil(database, "swap");
  const vector = await verifiedIn(database);
  await takeProfile(database, "compact");
  const [halfvec, compact] = [await indexIn(database, HALFVEC), await indexIn(database, COMPACT)];
  const swapped = await told(database);
  const index = {
    vector: { bytes: before?.vectorIndexes, share: 1, forecast: false },
    halfvec: {
      bytes: halfvec?.bytes,
      share: Number(halfvec?.bytes) / Number(before?.vectorIndexes),
      forecast: false,
    },
    compact: {
      bytes: compact?.bytes,
      share: Number(compact?.bytes) / Number(before?.vectorIndexes),
      forecast: false,
    },
  };
  expect(swapped).toMatchObject({
    rows: { baseline: 300, now: 300 },
    total: { vector: { bytes: before?.total }, halfvec: { forecast: true }, compact: { forecast: true } },
    index,
    recall: { asked: null, vector: vector?.recall, halfvec: halfvec?.recall, compact: compact?.recall },
    p95: { asked: null, vector: vector?.p95, halfvec: halfvec?.p95, compact: compact?.p95 },
  });
  // The summary of run has counted the rows and sampled their widths: only its forecasts may be others.
  const run = await migrate(database, "run", "--yes", "--tables", "page_embeddings");
  const { index: same, recall, p95 } = swapped;
  expect(run.summary).toMatchObject({
    of: "migration",
    tables: [{ profiles: { index: same, recall, p95 } }],
  });

  const copy = await createWorkingCopy();
  const contracted = await migrateIn(copy, database, ...AT_ONCE);
  expect(contracted, contracted.stderr).toMatchObject({ code: 0 });
  expect((await told(database)).total).toMatchObject({
    vector: { bytes: before?.total },
    halfvec: { forecast: true },
    compact: { forecast: true },
  });

  await database.query("VACUUM (FULL, ANALYZE) page_embeddings");
  const [now] = await database.query<{ total: number }>(
    "SELECT pg_total_relation_size('page_embeddings')::float8 AS total",
  );
  const [left, right] = [await indexIn(database, HALFVEC), await indexIn(database, COMPACT)];
  const alone = (other: typeof left) => ({
    bytes: Number(now?.total) - Number(other?.bytes),
    forecast: false,
  });
  const rewritten = await told(database);
  expect(rewritten).toMatchObject({
    total: { vector: { bytes: before?.total }, halfvec: alone(right), compact: alone(left) },
    index: { vector: index.vector, halfvec: { bytes: left?.bytes }, compact: { bytes: right?.bytes } },
    recall: { vector: vector?.recall, halfvec: left?.recall, compact: right?.recall },
    p95: { vector: vector?.p95, halfvec: left?.p95, compact: right?.p95 },
  });
  // The forecast was near.
  const forecast = Number(swapped.total.halfvec?.bytes);
  expect(Math.abs(forecast / alone(right).bytes - 1)).toBeLessThan(0.1);
});

test(
  "where the figures of before contract may not be read, status tells what is left",
  async ({ database }) => {
    await runUntil(database, "swap");
    const copy = await createWorkingCopy();
    expect(await migrateIn(copy, database, ...AT_ONCE)).toMatchObject({ code: 0 });
    await database.query("DROP SCHEMA vector_metrics CASCADE");
    const { events } = await migrate(database, "status");
    const { tables } = events.at(-1) as unknown as MigrationStatus;
    expect(tables[0]?.profiles).toMatchObject({
      total: { vector: null, halfvec: null, compact: null },
      index: { vector: null, halfvec: { share: null, forecast: false } },
      recall: { vector: null },
    });
  },
  SLOW,
);
