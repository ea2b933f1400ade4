import { describe, expect, test } from "vitest";
import type { TablePlan } from "../../app/services/halfvec/plan.ts";
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
  walBytesForecast: 2 ** 33,
  graphBytesForecast: 2 ** 29,
  maintenanceWorkMem: 2 ** 30,
  buildSecondsForecast: 185,
  compactBuildSecondsForecast: 63,
  buildSeconds: null,
};

function buildLines(plan: Partial<TablePlan>): string[] {
  return planLines([{ ...PLAN, ...plan }], []).filter((line) => line.includes("about 3 min"));
}

describe("plan says how long the index takes to build", () => {
  test("as a forecast, before it is built", () => {
    expect(buildLines({})).toEqual([
      "  database_row_embeddings about 3 min 05 s; a compact one about 1 min 03 s",
    ]);
  });

  test("beside what was measured, as soon as it was, and within 100 columns", () => {
    const [line] = buildLines({ steps: [], buildSeconds: 191.4 });
    expect(line).toMatch(/about 3 min 05 s; .*; measured: 3 min 11 s$/);
    expect(line?.length).toBeLessThanOrEqual(100);
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
