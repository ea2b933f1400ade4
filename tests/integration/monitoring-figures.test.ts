import { expect } from "vitest";
import { DOCUMENTS, EMBEDDING_TABLES, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { readStatus } from "../../app/services/halfvec/status.ts";
import { readVectorMetrics } from "../../app/services/monitoring/vector-metrics.server.ts";
import type { Section, VectorMetrics } from "../../app/services/monitoring/vector-metrics.ts";
import { AT_ONCE } from "../support/contracting.ts";
import { goBack, runPhase, runUntil } from "../support/engine.ts";
import { type MeasuredBytes, measuredStorage } from "../support/measured-storage.ts";
import { migrateIn } from "../support/migrate.ts";
import { filled } from "../support/migration-states.ts";
import { type TestDatabase, testOn } from "../support/test.ts";
import { createWorkingCopy } from "../support/working-copy.ts";

const SLOW = 300_000;
const test = testOn(filled(60, 20));

/** What the dashboard shows, all of it read. */
async function shown(database: TestDatabase) {
  const metrics = await readVectorMetrics(database.client);
  return {
    databaseMilliseconds: metrics.databaseMilliseconds,
    migration: read(metrics, "migration"),
    storage: read(metrics, "storage"),
    recall: read(metrics, "recall"),
    memory: read(metrics, "memory"),
  };
}

function read<Name extends "migration" | "storage" | "recall" | "memory">(
  metrics: VectorMetrics,
  name: Name,
): VectorMetrics[Name] extends Section<infer Value> ? Value : never {
  const section = metrics[name];
  if (section.state === "failed") throw new Error(`${name}: ${section.problem.message}`);
  return section.value as never;
}

/** What is there now is what PostgreSQL's own functions say, in each part and in the sum. */
async function expectStorageNow(database: TestDatabase): Promise<Record<string, MeasuredBytes>> {
  const measured = await measuredStorage(database);
  const { tables, total } = (await shown(database)).storage;
  const found = tables.map(({ table, now, indexes }) => [
    table,
    {
      total: now.totalBytes,
      table: now.heapBytes + now.toastBytes,
      heap: now.heapBytes,
      indexes: indexes.reduce((sum, { bytes }) => sum + bytes, 0),
      vectorIndexes: now.vectorIndexBytes,
      halfvecIndexes: now.halfvecIndexBytes,
    },
  ]);
  expect(Object.fromEntries(found)).toEqual(measured);
  expect(total.now.totalBytes).toBe(Object.values(measured).reduce((sum, one) => sum + one.total, 0));
  return measured;
}

/** The state of each table is what `status --json` says. */
async function expectAsStatus(database: TestDatabase): Promise<void> {
  const { migration, storage } = await shown(database);
  const status = JSON.parse(JSON.stringify(await readStatus(database.client, EMBEDDING_TABLES)));
  expect(migration.settings).toEqual(status.settings);
  for (const [place, { setAside, storage: _, profiles, ...state }] of status.tables.entries()) {
    expect(migration.tables[place]).toMatchObject(state);
    expect(storage.profiles[place]).toEqual(profiles);
    expect(migration.tables[place]?.setAside.rows).toBe(setAside.length);
  }
}

test("every figure from the baseline to the swap and back is that of an independent query", {
  timeout: SLOW,
}, async ({ database }) => {
  const before = await expectStorageNow(database);
  const baseline = await shown(database);
  await expectAsStatus(database);
  expect(baseline.migration).toMatchObject({
    bookkept: false,
    settings: null,
    contractDueAt: null,
    advice: { state: "go", command: "npm run migrate:halfvec -- plan" },
  });
  expect(baseline.storage.total).toMatchObject({ before: null, peak: null, reduction: null });
  expect(baseline.memory.relations[0]).toMatchObject({
    column: "embedding",
    columnType: "vector",
    indexName: "page_embeddings_embedding_idx",
    indexBytes: before.page_embeddings?.vectorIndexes,
  });

  await runUntil(database, "expand");
  await runPhase(database, "convert", { tables: [DOCUMENTS] });
  await expectStorageNow(database);
  await expectAsStatus(database);
  const midway = await shown(database);
  expect(midway.storage.tables.map((table) => [table.table, table.before?.totalBytes])).toEqual(
    Object.entries(before).map(([table, { total }]) => [table, total]),
  );
  const [conversion] = await database.query<{ rows: number; hot: number }>(
    `SELECT rows_converted::int AS rows, rows_hot::int AS hot FROM halfvec_migration.conversions
     WHERE table_name = 'documents'`,
  );
  expect(conversion?.rows).toBe(20);
  const documents = midway.migration.tables.find(({ table }) => table === "documents");
  expect(documents?.conversion).toMatchObject({ rowsConverted: 20, rowsHot: conversion?.hot });
  expect(documents?.progress.at(-1)?.rowsConverted).toBe(20);
  expect(midway.migration.tables[0]).toMatchObject({ phase: "expanded", conversion: null, progress: [] });

  await runUntil(database, "verify");
  await expectStorageNow(database);
  await expectAsStatus(database);
  const indexed = await shown(database);
  expect(indexed.migration.advice.command).toBe("npm run migrate:halfvec -- swap");
  expect(indexed.recall.verified).toMatchObject(
    indexed.migration.tables.map(({ table, verification }) => ({
      table,
      verifiedAt: verification?.verifiedAt,
      recallHalfvec: verification?.figures.recallHalfvec,
      recallVector: verification?.figures.recallVector,
    })),
  );
  expect(indexed.memory.relations[0]).toMatchObject({ column: "embedding_halfvec", columnType: "halfvec" });

  await runUntil(database, "swap");
  const swapped = await expectStorageNow(database);
  await expectAsStatus(database);
  const after = await shown(database);
  expect(after.migration).toMatchObject({ daysUntilContract: 30, advice: { state: "wait" } });
  expect(after.storage.tables[0]?.peak?.totalBytes).toBe(indexed.storage.tables[0]?.now.totalBytes);
  const { page_embeddings: was } = before;
  const { page_embeddings: is } = swapped;
  const reduction = after.storage.tables[0]?.reduction?.now;
  expect(reduction?.index).toBe(1 - (is?.halfvecIndexes ?? 0) / (was?.vectorIndexes ?? 1));
  expect(reduction?.table).toBe(1 - (is?.table ?? 0) / (was?.table ?? 1));
  expect(reduction?.total).toBe(1 - (is?.total ?? 0) / (was?.total ?? 1));
  expect(after.memory.relations[0]).toMatchObject({
    column: "embedding",
    columnType: "halfvec",
    indexBytes: is?.halfvecIndexes,
  });

  await goBack(database, "baseline");
  await expectStorageNow(database);
  await expectAsStatus(database);
  expect((await shown(database)).migration).toMatchObject({ bookkept: false, settings: null });
});

test("after contract the figures of the tables stand, and nothing is left to do", {
  timeout: SLOW,
}, async ({ database }) => {
  await runUntil(database, "swap");
  const { storage: swapped, recall: found } = await shown(database);
  const forecast = swapped.tables[0]?.after;
  const copy = await createWorkingCopy();
  expect(await migrateIn(copy, database, ...AT_ONCE, "--reclaim", "vacuum-full")).toMatchObject({ code: 0 });
  const measured = await expectStorageNow(database);
  const { migration, storage, recall } = await shown(database);
  // How good search is, against the vector index that the swap dropped, is known as well.
  expect(recall.verified.map(({ table }) => table)).toEqual(EMBEDDING_TABLES.map(({ name }) => name));
  expect(recall.verified[0]?.recallHalfvec).toBeGreaterThan(0.9);
  expect(recall.verified[0]?.recallVector).toBe(found.verified[0]?.recallVector);
  expect(migration).toMatchObject({ bookkept: false, advice: { state: "done", command: null } });
  expect(storage.tables[0]?.after).toBeNull();
  // What was saved is known after the bookkeeping has gone, too.
  expect(storage.total.before?.totalBytes).toBe(swapped.total.before?.totalBytes);
  expect(storage.tables.map(({ peak }) => peak)).toEqual(swapped.tables.map(({ peak }) => peak));
  expect(storage.total.reduction?.now.total).toBeGreaterThan(0.3);
  // The forecast fills every page; of so few rows the last pages count.
  const { total } = measured.page_embeddings as MeasuredBytes;
  expect(Math.abs((forecast?.totalBytes ?? 0) / total - 1)).toBeLessThan(0.15);
});

test("rows that are set aside are shown with key and reason, ten of them, and counted to an end", async ({
  database,
}) => {
  await runUntil(database, "expand");
  await database.query(
    `UPDATE page_embeddings SET embedding = array_fill(70000::real, ARRAY[${PAGE_EMBEDDINGS.dimensions}])::vector
     WHERE id IN (SELECT id FROM page_embeddings ORDER BY id LIMIT 12)`,
  );
  // Entries of rows that are gone do not count, however many there are.
  await database.query(
    `INSERT INTO halfvec_migration.set_aside (table_name, key, reason)
     SELECT 'page_embeddings', jsonb_build_object('id', 'ffffffff-ffff-4fff-bfff-' || lpad(n::text, 12, '0')), 'gone'
     FROM generate_series(1, 250) AS n`,
  );
  const { migration } = await shown(database);
  const ids = await database.query<{ id: string }>("SELECT id FROM page_embeddings ORDER BY id LIMIT 10");
  expect(migration.tables[0]?.setAside).toEqual({
    rows: 12,
    more: true,
    examples: ids.map((key) => ({ key, reason: "a value is beyond the range of halfvec (65504)" })),
  });
  expect(migration.advice).toMatchObject({ state: "stop", title: "Some rows cannot be converted" });
});

test("the course of a long conversion is 120 points at even distances, from its first to its last", async ({
  database,
}) => {
  await runUntil(database, "expand");
  await database.query(
    `INSERT INTO halfvec_migration.conversions
       (table_name, column_name, relfilenode, next_block, end_block, rows_total, rows_converted, rows_hot)
     VALUES ('documents', 'embedding_halfvec', 0, 1, 2, 100000, 99990, 89991);
     INSERT INTO halfvec_migration.progress (table_name, column_name, measured_at, rows_converted, rows_hot, throttle)
     SELECT 'documents', 'embedding_halfvec', now() - (9999 - n) * interval '2 seconds', n * 10, n * 9,
            CASE WHEN n = 9999 THEN 'replica lag' END
     FROM generate_series(0, 9999) AS n`,
  );
  const { tables } = (await shown(database)).migration;
  const documents = tables.find(({ table }) => table === "documents");
  const points = documents?.progress ?? [];
  expect(points).toHaveLength(120);
  expect([points[0]?.rowsConverted, points.at(-1)?.rowsConverted]).toEqual([0, 99_990]);
  for (const { rowsPerSecond, hotShare } of points.slice(1)) {
    expect(rowsPerSecond).toBeCloseTo(5);
    expect(hotShare).toBeCloseTo(0.9);
  }
  expect(documents?.throttle).toBe("replica lag");
  await database.query(
    "UPDATE halfvec_migration.progress SET measured_at = measured_at - interval '1 minute'",
  );
  const later = (await shown(database)).migration.tables.find(({ table }) => table === "documents");
  expect(later?.throttle).toBeNull();
});

test("what shared buffers hold is what pg_buffercache says, where it is installed", {
  tags: ["server"],
}, async ({ database }) => {
  expect((await shown(database)).memory).toMatchObject({ bufferCache: "not-installed", buffersReadAt: null });
  await database.query("CREATE EXTENSION pg_buffercache");
  await database.query("SELECT sum(vector_dims(embedding)) FROM page_embeddings");
  const reader = await database.connect();
  const read = async () => (await readVectorMetrics(reader)).memory;
  await expect.poll(read).toMatchObject({ value: { bufferCache: "read" } });
  const [counted] = await database.query<{ bytes: number }>(
    `SELECT count(*)::int * 8192 AS bytes FROM pg_buffercache b JOIN pg_class c ON b.relfilenode = pg_relation_filenode(c.oid)
     WHERE b.reldatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND c.oid IN ('page_embeddings_embedding_idx'::regclass,
                     (SELECT reltoastrelid FROM pg_class WHERE oid = 'page_embeddings'::regclass))`,
  );
  expect(counted?.bytes).toBeGreaterThan(8192);
  const relations = [{ table: "page_embeddings", bufferedBytes: counted?.bytes }, {}, {}, {}];
  expect(await read()).toMatchObject({ value: { relations } });
});
