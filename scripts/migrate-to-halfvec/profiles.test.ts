import { expect, test } from "vitest";
import type { ProfileTable } from "../../app/services/halfvec/profile-table/profile-figures.ts";
import { profileLines } from "./profiles.ts";

const NONE = { asked: null, vector: null, halfvec: null, compact: null };

const MEASURED: ProfileTable = {
  table: "page_embeddings",
  rows: { baseline: 20_000, now: 20_100, embedded: 20_000 },
  total: {
    asked: 0.43,
    vector: { bytes: 810_000_000, share: 1, forecast: false },
    halfvec: { bytes: 418_000_000, share: 0.516, forecast: true },
    compact: { bytes: 247_000_000, share: 0.305, forecast: true },
  },
  index: {
    asked: 0.34,
    vector: { bytes: 391_000_000, share: 1, forecast: false },
    halfvec: { bytes: 195_500_000, share: 0.5, forecast: false },
    compact: null,
  },
  recall: { asked: null, vector: 0.989, halfvec: 0.991, compact: null },
  p95: { asked: null, vector: 12.66, halfvec: 10.4, compact: null },
};

const UNKNOWN: ProfileTable = {
  table: "database_row_embeddings",
  rows: { baseline: 1000, now: 2000, embedded: null },
  total: { ...NONE, asked: 0.43 },
  index: { ...NONE, asked: 0.34 },
  recall: NONE,
  p95: NONE,
};

test("asked for, vector and both kinds of index stand side by side; what is not there is a dash", () => {
  expect(profileLines([{ profiles: MEASURED }, { profiles: UNKNOWN }])).toEqual([
    "",
    "Asked and measured        asked for   vector         halfvec         compact",
    "page_embeddings",
    "  table with all indexes       43 %   772 MB  399 MB* (52 %)  236 MB* (31 %)",
    "  HNSW index                   34 %   373 MB   186 MB (50 %)               –",
    "  recall@10                       –   98.9 %          99.1 %               –",
    "  p95 of a search                 –  12.7 ms         10.4 ms               –",
    "database_row_embeddings",
    "  table with all indexes       43 %        –               –               –",
    "  HNSW index                   34 %        –               –               –",
    "  recall@10                       –        –               –               –",
    "  p95 of a search                 –        –               –               –",
    "",
    "Bytes: vector at the baseline, the others rewritten after contract, with one index; in % of vector",
    "* forecast, not measured",
    "database_row_embeddings: vector was measured at about 1,000 rows; now there are about 2,000",
  ]);
});

test("a forecast is explained only where there is one", () => {
  const total = { ...MEASURED.total, halfvec: null, compact: null };
  expect(profileLines([{ profiles: { ...MEASURED, total } }]).join()).not.toContain("forecast");
});

test("tables without embeddings, and those that are not there, are left out", () => {
  const empty = { ...MEASURED, rows: { ...MEASURED.rows, embedded: 0 } };
  expect(profileLines([{ profiles: empty }, { profiles: null }])).toEqual([]);
});

test("a wide table fits a terminal of 100 columns", () => {
  const wide = { bytes: 10_239_000_000_000, share: 1.2345, forecast: true };
  const total = { asked: 0.43, vector: wide, halfvec: wide, compact: wide };
  const p95 = { asked: null, vector: 12_345.6, halfvec: 12_345.6, compact: 12_345.6 };
  for (const line of profileLines([{ profiles: { ...MEASURED, total, index: total, p95 } }])) {
    expect(line.length).toBeLessThanOrEqual(100);
  }
});
