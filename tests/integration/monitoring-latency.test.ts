import { randomUUID } from "node:crypto";
import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { SeededRandom } from "../../app/services/embeddings/seeded-random.ts";
import {
  RecordedFigures,
  type RecordedSearch,
} from "../../app/services/monitoring/recording/recorded-figures.ts";
import type { LatencyMetrics, TableLatency } from "../../app/services/monitoring/vector-metrics.ts";
import { openApp, type TestApp } from "../support/app.ts";

/** In the middle of a minute and of a quarter of an hour. */
const NOW = new Date("2026-03-01T10:07:30Z");
const MINUTE = 60_000;

/** A percentile is the middle of a bucket whose bounds stand 2^(1/16) apart. */
const MOST_ERROR = 2 ** (1 / 32) - 1;

let app: TestApp;
let storeBatch: typeof import("../../app/services/monitoring/recording/store-batch.server.ts").storeBatch;
let readLatency: typeof import("../../app/services/monitoring/latency/read-latency.server.ts").readLatency;

beforeAll(async () => {
  app = await openApp();
  ({ storeBatch } = await import("../../app/services/monitoring/recording/store-batch.server.ts"));
  ({ readLatency } = await import("../../app/services/monitoring/latency/read-latency.server.ts"));
  await app.query(
    `CREATE TABLE observed (at timestamptz, "table" text, type text, shadow boolean, ms float8)`,
  );
});

afterAll(() => app.close());

interface Observed extends RecordedSearch {
  at: number;
}

/** 3,000 searches over the last two days, more of them lately, of two tables, both types and both kinds. */
function searches(): Observed[] {
  const random = new SeededRandom(3);
  return Array.from({ length: 3_000 }, (_, number) => ({
    at: Math.round(NOW.getTime() - 2_880 * MINUTE * random.uniform() ** 6),
    table: number % 3 === 0 ? "documents" : "page_embeddings",
    columnType: number % 2 === 0 ? "vector" : "halfvec",
    shadow: number % 7 === 0,
    milliseconds: 0.5 * 400 ** random.uniform(),
  }));
}

function figuresOf(observed: readonly Observed[]): RecordedFigures {
  const figures = new RecordedFigures();
  for (const { at, ...search } of observed) figures.addSearch(search, at);
  return figures;
}

/** As three processes would store it, one of them in two batches. */
async function storeInParts(pool: pg.Pool, observed: readonly Observed[]): Promise<void> {
  const recorders = [randomUUID(), randomUUID(), randomUUID()];
  const batches = [0, 1, 2, 2].map((process, part) => ({
    recorder: recorders[process] as string,
    number: part === 3 ? 2 : 1,
    figures: figuresOf(observed.filter((_, position) => position % 4 === part)),
  }));
  for (const batch of batches) await storeBatch(pool, batch);
}

/** The same figures by SQL, from the single searches: `percentile_disc` is the nearest rank. */
const FIGURES = `count(*)::int AS searches, max(ms) AS max,
  percentile_disc(0.5) WITHIN GROUP (ORDER BY ms) AS p50,
  percentile_disc(0.95) WITHIN GROUP (ORDER BY ms) AS p95,
  percentile_disc(0.99) WITHIN GROUP (ORDER BY ms) AS p99`;

/** Counts and largest ones exactly, percentiles within half of a bucket. */
function sameFigures<Figures extends Pick<TableLatency, "searches" | "p50" | "p95" | "p99" | "max">>(
  expected: Figures,
): unknown {
  const near = (milliseconds: number) =>
    expect.closeTo(milliseconds, -Math.log10(2 * milliseconds * MOST_ERROR));
  return { ...expected, p50: near(expected.p50), p95: near(expected.p95), p99: near(expected.p99) };
}

/** Stores searches, and each of them by itself for the figures by SQL. */
async function observe(observed: readonly Observed[]): Promise<void> {
  await app.query(
    `INSERT INTO observed SELECT to_timestamp((o->>'at')::float8 / 1000), o->>'table', o->>'columnType',
       (o->>'shadow')::boolean, (o->>'milliseconds')::float8
     FROM jsonb_array_elements($1::jsonb) AS o`,
    [JSON.stringify(observed)],
  );
  await storeInParts(app.pool, observed);
}

describe("latencies of three processes", () => {
  let metrics: LatencyMetrics;

  beforeAll(async () => {
    await observe(searches());
    metrics = await readLatency(app.pool, NOW);
  });

  it.each([
    [5, "2026-03-01T10:03:00Z"],
    [60, "2026-03-01T09:08:00Z"],
    [1440, "2026-02-28T10:15:00Z"],
  ])("add up in the window of %i minutes, from %s", async (minutes, from) => {
    const expected = await app.query<TableLatency>(
      `SELECT "table", type AS "columnType", shadow, ${FIGURES} FROM observed WHERE at >= $1
       GROUP BY shadow, "table", type ORDER BY shadow, "table", type`,
      [from],
    );
    expect(expected).toHaveLength(8);
    const window = metrics.windows.find((each) => each.minutes === minutes);
    expect(window?.rows).toEqual(expected.map(sameFigures));
  });

  it.each([
    [60, "1 minute", "2026-03-01T09:08:00Z"],
    [1440, "15 minutes", "2026-02-28T10:15:00Z"],
  ])("make lines over %i minutes with a point for every %s", async (minutes, slot, from) => {
    const points = await app.query<TableLatency & { at: Date }>(
      `SELECT date_bin($1::interval, at, '2000-01-01Z') AS at, type AS "columnType", shadow, ${FIGURES}
       FROM observed WHERE at >= $2 GROUP BY 1, 2, 3 ORDER BY shadow, type, at`,
      [slot, from],
    );
    expect(points.length).toBeGreaterThan(100);
    const lines = metrics.series.filter((line) => line.minutes === minutes);
    expect(lines.map(({ columnType, shadow }) => [columnType, shadow])).toEqual([
      ["halfvec", false],
      ["vector", false],
      ["halfvec", true],
      ["vector", true],
    ]);
    const shown = lines.flatMap(({ columnType, shadow, points }) =>
      points.map((point) => ({ ...point, columnType, shadow })),
    );
    expect(shown).toEqual(
      points.map(({ at, ...point }) => ({ ...(sameFigures(point) as object), at: at.toISOString() })),
    );
  });

  it("have vector as it was measured last: of each table the 24 hours up to its last search of it", async () => {
    // Documents have been searched in halfvec alone for nine days.
    const later = new Date(NOW.getTime() + 9 * 1_440 * MINUTE);
    const since: Observed[] = [1, 2].map((hour) => ({
      at: later.getTime() - hour * 60 * MINUTE,
      table: "page_embeddings",
      columnType: "vector",
      shadow: false,
      milliseconds: 40 * hour,
    }));
    const halfvec = since.map((search) => ({
      ...search,
      table: "documents",
      columnType: "halfvec" as const,
    }));
    await observe([...since, ...halfvec]);
    const expected = await app.query<TableLatency & { until: Date }>(
      `WITH vector AS (
         SELECT "table", ms, date_bin('15 minutes', at, '2000-01-01Z') AS slot FROM observed
         WHERE type = 'vector' AND NOT shadow
       ), ranked AS (SELECT *, max(slot) OVER (PARTITION BY "table") AS last FROM vector)
       SELECT "table", last + interval '15 minutes' AS until, ${FIGURES} FROM ranked
       WHERE slot > last - interval '1 day' GROUP BY "table", last ORDER BY "table"`,
    );
    expect(expected.map(({ table, until }) => [table, until.toISOString().slice(0, 10)])).toEqual([
      ["documents", "2026-03-01"],
      ["page_embeddings", "2026-03-10"],
    ]);
    const { lastVector, windows, series } = await readLatency(app.pool, later);
    expect(lastVector).toEqual(
      expected.map(({ until, ...figures }) => ({
        ...(sameFigures(figures) as object),
        until: until.toISOString(),
      })),
    );
    // What is older than a day is nowhere else.
    expect(windows[2]?.rows.map(({ table, searches }) => [table, searches])).toEqual([
      ["documents", 2],
      ["page_embeddings", 2],
    ]);
    expect(
      series.find(({ minutes, columnType }) => minutes === 1440 && columnType === "vector")?.points,
    ).toHaveLength(2);
  });

  it("say that they are stored", () => {
    expect(metrics.stored).toBe(true);
  });
});

describe("figures of this process", () => {
  const search: RecordedSearch = {
    table: "documents",
    columnType: "halfvec",
    shadow: false,
    milliseconds: 7,
  };

  beforeEach(() => app.query("DELETE FROM vector_metrics.search_latencies"));

  it("are shown by themselves where nothing can be stored", async () => {
    const { recordSearch } = await import("../../app/services/monitoring/latency/record-search.server.ts");
    await app.query("ALTER SCHEMA vector_metrics RENAME TO away");
    onTestFinished(() => app.query("ALTER SCHEMA away RENAME TO vector_metrics").then(() => {}));
    recordSearch(search);
    recordSearch({ ...search, milliseconds: 9 });
    const { stored, windows, series } = await readLatency(app.pool);
    expect(stored).toBe(false);
    for (const { rows } of windows) {
      expect(rows).toMatchObject([{ table: "documents", columnType: "halfvec", searches: 2, max: 9 }]);
    }
    expect(series).toHaveLength(2);
  });

  it("count once where the answer of the database was lost and the batch is sent again", async () => {
    const batch = {
      recorder: randomUUID(),
      number: 1,
      figures: figuresOf([{ ...search, at: NOW.getTime() }]),
    };
    await storeBatch(app.pool, batch);
    await storeBatch(app.pool, batch);
    await storeBatch(app.pool, { ...batch, number: 2 });
    const { windows } = await readLatency(app.pool, NOW);
    expect(windows.map(({ rows }) => rows.map(({ searches }) => searches))).toEqual([[2], [2], [2]]);
  });
});
