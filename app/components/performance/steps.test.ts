import { describe, expect, it } from "vitest";
import type { Stage } from "../../../tests/support/metrics-stage.ts";
import { metricsAt } from "../../../tests/support/vector-metrics-fixture.ts";
import type { TableMigration } from "../../services/monitoring/vector-metrics.ts";
import { convertedRows, stepsOf } from "./steps.ts";

function tablesAt(stage: Stage): readonly TableMigration[] {
  const { migration } = metricsAt(stage);
  if (migration.state !== "read") throw new Error("The fixture has no tables.");
  return migration.value.tables;
}

/** The steps of one table, a letter each: done, now, failed, next. */
const letters = (table: TableMigration | undefined) =>
  table === undefined
    ? ""
    : stepsOf(table)
        .map(({ state }) => state[0] + (state === "next" ? "x" : ""))
        .join(" ");

describe("stepsOf", () => {
  it("has nothing under way before the first step", () => {
    expect(letters(tablesAt("baseline")[0])).toBe("nx nx nx nx nx nx");
  });

  it("goes on to the index once a table is converted", () => {
    const [finished, running] = tablesAt("converting");
    expect(letters(finished)).toBe("d d n nx nx nx");
    expect(letters(running)).toBe("d n nx nx nx nx");
  });

  it("marks a red verify as failed, and one that is out of date as to be done", () => {
    const red = tablesAt("red");
    expect(letters(red[3])).toBe("d d d f nx nx");
    expect(letters(red[0])).toBe("d d d d n nx");
    const verified = red[0] as TableMigration;
    const old = {
      ...verified,
      verification: verified.verification && { ...verified.verification, current: false },
    };
    expect(letters(old)).toBe("d d d n nx nx");
  });

  it("waits for contract after the swap, and has all done after it", () => {
    expect(letters(tablesAt("swapped")[0])).toBe("d d d d d n");
    expect(letters(tablesAt("contracted")[0])).toBe("d d d d d d");
  });
});

it("convertedRows adds up rows, converted or estimated", () => {
  expect(convertedRows(tablesAt("converting"))).toEqual({ converted: 20_000 + 23_780, total: 70_650 });
  expect(convertedRows(tablesAt("swapped"))).toEqual({ converted: 70_650, total: 70_650 });
  expect(convertedRows([])).toEqual({ converted: 0, total: 0 });
});
