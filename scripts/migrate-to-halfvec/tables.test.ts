import { describe, expect, test } from "vitest";
import type { TablePlan } from "../../app/services/halfvec/plan.ts";
import type { StorageFigures } from "../../app/services/halfvec/storage.ts";
import { planLines } from "./tables.ts";

const PLAN: TablePlan = {
  table: "database_row_embeddings",
  phase: "baseline",
  steps: ["expand", "convert", "index", "verify", "swap"],
  rows: 1_000_000,
  unconverted: 1_000_000,
  bytesNow: 2 ** 34,
  peakBytesForecast: 2 ** 35,
  swappedBytesForecast: 2 ** 34,
  contractedBytesForecast: 2 ** 33,
  compactBytesForecast: 2 ** 32,
  diskBytesForecast: 2 ** 34,
  storage: null,
  walBytesForecast: 2 ** 33,
  graphBytesForecast: 2 ** 29,
  compactGraphBytesForecast: 2 ** 27,
  maintenanceWorkMem: 2 ** 30,
  buildSecondsForecast: 185,
  compactBuildSecondsForecast: 63,
  buildSeconds: null,
  compactBuildSeconds: null,
};

const part = (bytes: number): StorageFigures => ({
  heapBytes: bytes,
  toastBytes: 2 * bytes,
  vectorIndexBytes: 3 * bytes,
  halfvecIndexBytes: 4 * bytes,
  otherIndexBytes: 5 * bytes,
});

test("plan says of what the bytes are made, beside what was measured of all tables at a turn behind them", () => {
  const baseline = { ...part(2 ** 25), moment: "baseline", measuredAt: new Date(0), rowEstimate: 9 } as const;
  const expanded = { ...part(2 ** 30), moment: "expanded", measuredAt: new Date(0), rowEstimate: 9 } as const;
  const storage = {
    now: part(2 ** 26),
    peak: part(2 ** 27),
    swapped: part(2 ** 26),
    contracted: part(2 ** 25),
    compact: part(2 ** 24),
    measured: [baseline],
  };
  const lines = planLines(
    [
      { ...PLAN, storage },
      { ...PLAN, storage: { ...storage, measured: [baseline, expanded] } },
    ],
    [],
  );
  const at = lines.findIndex((line) => line.startsWith("All tables"));
  expect(lines.slice(at, at + 7)).toEqual([
    "All tables     heap   TOAST  vector index  new index  other indexes    total",
    "baseline      64 MB  128 MB        192 MB     256 MB         320 MB   960 MB",
    "peak*        256 MB  512 MB        768 MB    1024 MB        1280 MB  3840 MB",
    "swapped*     128 MB  256 MB        384 MB     512 MB         640 MB  1920 MB",
    "contracted*   64 MB  128 MB        192 MB     256 MB         320 MB   960 MB",
    "compact*      32 MB   64 MB         96 MB     128 MB         160 MB   480 MB",
    "now          128 MB  256 MB        384 MB     512 MB         640 MB  1920 MB",
  ]);
});

function buildLines(plan: Partial<TablePlan>): string[] {
  const lines = planLines([{ ...PLAN, ...plan }], []);
  const at = lines.findIndex((line) => line.startsWith("Building the index"));
  return at < 0 ? [] : lines.slice(at, at + 3);
}

describe("plan says how long the index takes to build, and its graph in memory", () => {
  test("as a forecast, before it is built", () => {
    expect(buildLines({})).toEqual([
      "Building the index         roughly*  measured  memory*  compact: roughly*  measured  memory*",
      "database_row_embeddings  3 min 05 s         –   512 MB         1 min 03 s         –   128 MB",
      "with nothing else at work, and its graph in memory; maintenance_work_mem is 1024 MB",
    ]);
  });

  test("beside what was measured, as soon as it was, and within 100 columns", () => {
    const lines = buildLines({ steps: [], buildSeconds: 191.4, compactBuildSeconds: 62.2 });
    expect(lines[1]).toBe(
      "database_row_embeddings  3 min 05 s  3 min 11 s   512 MB         1 min 03 s  1 min 02 s   128 MB",
    );
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
  });

  test("not at all where nothing is to be built, or nothing is there", () => {
    expect(buildLines({ steps: [] })).toEqual([]);
    const lines = planLines(
      [{ ...PLAN, rows: 0, buildSecondsForecast: 0, compactBuildSecondsForecast: 0 }],
      [],
    );
    expect(lines.join("\n")).not.toContain("Building the index");
  });
});
