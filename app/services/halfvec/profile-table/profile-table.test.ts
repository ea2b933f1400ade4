import { describe, expect, test } from "vitest";
import { PAGE_EMBEDDINGS } from "../../../embedding-tables.ts";
import { tuningComment } from "../../index-tuning.ts";
import type { CatalogIndex } from "../catalog.ts";
import type { StorageFigures, StoredStorage } from "../storage.ts";
import type { VerificationFigures } from "../verify/figures.ts";
import { comparable, hasForecast, rowsApart } from "./profile-figures.ts";
import { type ProfileBasis, profileTable } from "./profile-table.ts";

const HALFVEC = PAGE_EMBEDDINGS.halfvecIndex;
const COMPACT = "page_embeddings_compact_hnsw_idx";
const NOT_KNOWN = { vector: null, halfvec: null, compact: null };

/** In thousands of bytes: heap, TOAST, vector index, halfvec and compact index, other indexes. */
function figures(
  heap: number,
  toast: number,
  vector: number,
  halfvec: number,
  other: number,
): StorageFigures {
  return {
    heapBytes: 1000 * heap,
    toastBytes: 1000 * toast,
    vectorIndexBytes: 1000 * vector,
    halfvecIndexBytes: 1000 * halfvec,
    otherIndexBytes: 1000 * other,
  };
}

/** 1,000,000 bytes in all, 400,000 of them the index. */
const BEFORE = figures(100, 480, 400, 0, 20);
const STORED: StoredStorage = { ...BEFORE, moment: "baseline", measuredAt: new Date(0), rowEstimate: 100 };
const FORECAST = { withoutIndex: 350_000, indexes: { halfvec: 200_000, compact: 30_000 } };

function index(
  name: string,
  column: string,
  bytes: number,
  measured?: [recall: number, p95: number],
): CatalogIndex {
  const compact = name === COMPACT;
  const [recall, p95] = measured ?? [0, 0];
  const curve = [
    { candidates: 40, recall: recall / 2, p50: 1, p95: p95 / 2 },
    { candidates: 60, recall, p50: 1, p95 },
  ];
  const searches = { k: 10, candidates: 60, target: 0.9, chosenTarget: false, queries: 100, curve };
  const tuning = {
    ...searches,
    rows: 100,
    rowEstimate: 100,
    buildSeconds: null,
    measuredAt: "2026-11-01T10:00:00.000Z",
  };
  return {
    name,
    column: compact ? null : column,
    quantizes: compact ? column : null,
    method: "hnsw",
    operatorClass: compact ? "bit_hamming_ops" : "halfvec_cosine_ops",
    valid: true,
    partial: false,
    bytes,
    comment: measured ? tuningComment({ tuning, counts: true }) : null,
  };
}

function verification(changed: Partial<VerificationFigures> = {}): VerificationFigures {
  return {
    rows: 100,
    compared: 100,
    unconverted: 0,
    setAside: 0,
    differing: 0,
    queries: 100,
    recallVector: 0.99,
    p95Vector: 12,
    recallHalfvec: 0.985,
    p95Halfvec: 9,
    recallVectorOf: null,
    k: 10,
    efSearch: 60,
    largestSimilarityDifference: 0,
    searchPlan: { index: HALFVEC, scanDisabled: false },
    seconds: 1,
    checks: [],
    ...changed,
  };
}

function basis(
  phase: ProfileBasis["catalog"]["phase"],
  indexes: CatalogIndex[],
  changed: Partial<ProfileBasis> = {},
): ProfileBasis {
  return {
    table: PAGE_EMBEDDINGS,
    catalog: { phase, rowEstimate: 100, indexes },
    now: BEFORE,
    baseline: STORED,
    verification: verification(),
    embedded: 90,
    forecast: FORECAST,
    ...changed,
  };
}

const measured = (bytes: number, share: number | null) => ({ bytes, share, forecast: false });
const forecast = (bytes: number, share: number | null) => ({ bytes, share, forecast: true });

test("at the baseline vector is measured, and the others are forecasts of bytes alone", () => {
  expect(profileTable(basis("baseline", [], { baseline: undefined, verification: null }))).toEqual({
    table: "page_embeddings",
    rows: { baseline: null, now: 100, embedded: 90 },
    total: {
      asked: 0.43,
      vector: measured(1_000_000, 1),
      halfvec: forecast(550_000, 0.55),
      compact: forecast(380_000, 0.38),
    },
    index: {
      asked: 0.34,
      vector: measured(400_000, 1),
      halfvec: forecast(200_000, 0.5),
      compact: forecast(30_000, 0.075),
    },
    recall: { asked: null, ...NOT_KNOWN },
    p95: { asked: null, ...NOT_KNOWN },
  });
});

test("both indexes before the swap: their bytes, recall and time are measured, the totals forecasts with these bytes", () => {
  const { twin } = PAGE_EMBEDDINGS;
  const indexes = [index(HALFVEC, twin, 199_000, [0.98, 8]), index(COMPACT, twin, 28_000, [0.97, 11])];
  expect(profileTable(basis("indexed", indexes))).toMatchObject({
    total: {
      vector: measured(1_000_000, 1),
      halfvec: forecast(549_000, 0.549),
      compact: forecast(378_000, 0.378),
    },
    index: {
      vector: measured(400_000, 1),
      halfvec: measured(199_000, 0.4975),
      compact: measured(28_000, 0.07),
    },
    recall: { vector: 0.99, halfvec: 0.98, compact: 0.97 },
    p95: { vector: 12, halfvec: 8, compact: 11 },
  });
});

describe("after contract", () => {
  const { column } = PAGE_EMBEDDINGS;
  const both = [index(HALFVEC, column, 199_000), index(COMPACT, column, 28_000, [0.97, 11])];
  const rewritten = figures(90, 240, 0, 227, 20);

  test("the totals are measured once the table is rewritten: what it takes now, less the other index", () => {
    expect(profileTable(basis("contracted", both, { now: rewritten })).total).toEqual({
      asked: 0.43,
      vector: measured(1_000_000, 1),
      halfvec: measured(549_000, 0.549),
      compact: measured(378_000, 0.378),
    });
  });

  test("that of an index that was dropped is a forecast, and so are its bytes", () => {
    const now = figures(90, 240, 0, 28, 20);
    expect(profileTable(basis("contracted", both.slice(1), { now }))).toMatchObject({
      total: { halfvec: forecast(550_000, 0.55), compact: measured(378_000, 0.378) },
      index: { halfvec: forecast(200_000, 0.5), compact: measured(28_000, 0.07) },
      recall: { halfvec: 0.985, compact: 0.97 },
    });
  });

  test("they are forecasts as long as the space of the originals has not come back", () => {
    const now = figures(110, 720, 0, 227, 20);
    expect(profileTable(basis("contracted", both, { now })).total).toMatchObject({
      halfvec: forecast(549_000, 0.549),
      compact: forecast(378_000, 0.378),
    });
  });

  // 330,000 bytes for 100 rows where there were 580,000: 1,320,000 for 400 rows is as much a row.
  test("rows that came since do not make a rewritten table look as if it were not", () => {
    const catalog = { phase: "contracted", rowEstimate: 400, indexes: both } as const;
    const found = profileTable({
      ...basis("contracted", both, { now: figures(360, 960, 0, 227, 20) }),
      catalog,
    });
    expect(found.total.halfvec).toEqual(measured(1_539_000, 1.539));
    expect(rowsApart(found)).toEqual({ baseline: 100, now: 400 });
    expect(rowsApart({ ...found, rows: { ...found.rows, now: 110 } })).toBeNull();
  });

  test("without what was measured before, nothing is said of the table, and no share of anything", () => {
    const found = profileTable(
      basis("contracted", both, { now: rewritten, baseline: undefined, verification: null }),
    );
    expect(found).toMatchObject({
      total: NOT_KNOWN,
      index: { vector: null, halfvec: measured(199_000, null), compact: measured(28_000, null) },
      recall: { vector: null, halfvec: null, compact: 0.97 },
    });
    expect(hasForecast(found)).toBe(false);
  });

  test("a table that had no embeddings before the migration is compared with nothing", () => {
    const baseline = { ...STORED, ...figures(0, 8, 16.384, 0, 8), rowEstimate: 0 };
    expect(profileTable(basis("contracted", both, { now: rewritten, baseline }))).toMatchObject({
      rows: { baseline: null },
      total: { vector: null, halfvec: measured(549_000, null), compact: measured(378_000, null) },
      index: { vector: null, halfvec: measured(199_000, null) },
    });
  });
});

describe("recall and time of halfvec where its index is not measured", () => {
  const { column } = PAGE_EMBEDDINGS;
  const indexes = [index(HALFVEC, column, 199_000)];
  const halfvec = (changed: Partial<VerificationFigures>) => {
    const { recall, p95 } = profileTable(basis("swapped", indexes, { verification: verification(changed) }));
    return [recall.halfvec, p95.halfvec];
  };

  test("are those of verify, unless it searched by the compact index or by none", () => {
    expect(halfvec({})).toEqual([0.985, 9]);
    expect(halfvec({ searchPlan: { index: COMPACT, scanDisabled: false } })).toEqual([null, null]);
    expect(halfvec({ searchPlan: { index: null, scanDisabled: true } })).toEqual([null, null]);
    expect(halfvec({ searchPlan: null })).toEqual([null, null]);
  });

  test("what was stored before times were measured has none", () => {
    const { p95Vector: _, p95Halfvec: __, ...older } = verification();
    const found = profileTable(basis("swapped", indexes, { verification: older as VerificationFigures }));
    expect(found.recall).toMatchObject({ vector: 0.99, halfvec: 0.985 });
    expect(found.p95).toMatchObject({ vector: null, halfvec: null, compact: null });
  });
});

test("where nothing is known nothing is said", () => {
  const nothing = { baseline: undefined, verification: null, embedded: undefined, forecast: null };
  const found = profileTable({
    ...basis("expanded", [], nothing),
    catalog: { phase: "expanded", rowEstimate: 0, indexes: [] },
  });
  expect(found.rows).toEqual({ baseline: null, now: null, embedded: null });
  for (const row of [found.total, found.index, found.recall, found.p95]) expect(row).toMatchObject(NOT_KNOWN);
  expect(comparable([found, { ...found, rows: { ...found.rows, embedded: 0 } }])).toEqual([found]);
});

test("an index that is not valid is not there", () => {
  const broken = { ...index(HALFVEC, PAGE_EMBEDDINGS.twin, 1000), valid: false };
  expect(profileTable(basis("expanded", [broken])).index.halfvec).toEqual(forecast(200_000, 0.5));
});
