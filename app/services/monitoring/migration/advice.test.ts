import { describe, expect, test } from "vitest";
import type { TableMigration } from "../vector-metrics.ts";
import { adviceOn, type MigrationCourse } from "./advice.ts";

function table(change: Partial<TableMigration> = {}): TableMigration {
  return {
    table: "documents",
    phase: "indexed",
    goingBack: false,
    rowEstimate: 100,
    inline: false,
    conversion: null,
    indexes: [],
    verification: null,
    seconds: {},
    throttle: null,
    progress: [],
    setAside: { rows: 0, more: false, examples: [] },
    ...change,
  };
}

function verified(ok: boolean, current = true): NonNullable<TableMigration["verification"]> {
  const checks = [
    { name: "recall", ok, detail: "recall@10 71.00 %" },
    { name: "index", ok: true, detail: "the index is valid" },
  ] as const;
  return {
    ok,
    current,
    verifiedAt: "2026-11-01T08:00:00.000Z",
    figures: {
      rows: 100,
      compared: 100,
      unconverted: 0,
      setAside: 0,
      differing: 0,
      queries: 10,
      recallVector: 1,
      p95Vector: 3,
      p95Halfvec: 3,
      recallHalfvec: 1,
      recallVectorOf: null,
      k: 10,
      efSearch: 100,
      largestSimilarityDifference: 0,
      searchPlan: null,
      seconds: 1,
      checks: [...checks],
    },
  };
}

function converting(change: Partial<NonNullable<TableMigration["conversion"]>> = {}) {
  return {
    rowsConverted: 40,
    rowsTotal: 100,
    rowsHot: 40,
    hotShare: 1,
    nextBlock: 4,
    endBlock: 10,
    claims: 1,
    rowsPerSecond: 20,
    etaSeconds: 3,
    startedAt: "2026-11-01T08:00:00.000Z",
    finishedAt: null,
    ...change,
  };
}

const advise = (tables: readonly TableMigration[], change: Partial<MigrationCourse> = {}) =>
  adviceOn({ settings: null, daysUntilContract: null, verifying: null, atWork: null, ...change, tables });

const paused = { paused: true, pausedBy: "ann@example.com", swappedAt: null };

describe("what to do next", () => {
  test.for([
    ["stop", /db:deploy/, [table(), table({ phase: "absent" })]],
    ["go", /plan$/, [table({ phase: "baseline" })]],
    [
      "go",
      /migrate:halfvec$/,
      [table({ phase: "expanded", conversion: converting({ rowsPerSecond: null }) })],
    ],
    ["go", /verify$/, [table()]],
    ["go", /verify$/, [table({ verification: verified(true, false) })]],
    ["go", /swap$/, [table({ verification: verified(true) }), table({ phase: "swapped" })]],
    ["stop", /verify$/, [table({ verification: verified(false) })]],
    ["stop", /verify$/, [table({ phase: "swapped", verification: verified(false) })]],
    ["go", /contract$/, [table({ phase: "swapped" })]],
    ["wait", /rollback$/, [table({ phase: "swapped", goingBack: true })]],
  ] as const)("%s: %s", ([state, command, tables]) => {
    expect(advise(tables)).toMatchObject({ state, command: expect.stringMatching(command) });
  });

  test("nothing, when all is done", () => {
    expect(advise([table({ phase: "contracted" })])).toEqual({
      state: "done",
      title: "The migration is complete",
      reasons: [],
      command: null,
    });
  });

  test("wait while rows are converted, and say what the conversion waits for", () => {
    const running = table({ phase: "expanded", conversion: converting() });
    expect(advise([running])).toMatchObject({ state: "wait", reasons: ["documents is being converted."] });
    const waiting = table({ phase: "expanded", conversion: converting(), throttle: "replica lag" });
    expect(advise([waiting]).reasons).toEqual(["documents waits: replica lag."]);
  });

  test("wait from the first range on, and not for the ranges of a process that was killed", () => {
    const begun = [table({ phase: "expanded", conversion: converting({ rowsPerSecond: null }) })];
    expect(advise(begun, { atWork: "forward" })).toMatchObject({
      state: "wait",
      command: null,
      reasons: ["documents is being converted."],
    });
    expect(advise(begun)).toMatchObject({ state: "go", title: "Go on with the conversion" });
  });

  test("wait while a process expands, indexes, verifies or swaps, and while one goes back or contracts", () => {
    for (const phase of ["baseline", "expanded", "indexed"] as const) {
      expect(advise([table({ phase })], { atWork: "forward" })).toMatchObject({
        state: "wait",
        title: "The migration is under way",
        command: null,
      });
    }
    for (const phase of ["expanded", "swapped"] as const) {
      expect(advise([table({ phase })], { atWork: "alone" })).toMatchObject({
        state: "wait",
        title: "A rollback or contract is under way",
        command: null,
      });
    }
  });

  test("wait while it is paused, and say by whom", () => {
    const running = table({ phase: "expanded", conversion: converting() });
    expect(advise([running], { settings: paused })).toMatchObject({
      state: "wait",
      reasons: ["Paused by ann@example.com."],
      command: "npm run migrate:halfvec -- resume",
    });
  });

  test("wait while verify runs, whatever the last one found", () => {
    const by = { by: "ann@example.com", startedAt: "", step: null, done: 0, total: 0 };
    const verifying = { ...by, table: "documents" };
    const red = { verification: verified(false) };
    for (const one of [table(), table(red), table({ ...red, phase: "swapped" })]) {
      expect(advise([one], { verifying, atWork: "forward" })).toMatchObject({
        state: "wait",
        command: null,
        reasons: ["Verify runs on documents."],
      });
      expect(advise([one], { atWork: "forward" })).toMatchObject({
        state: "wait",
        command: null,
        reasons: ["A process is at its next step."],
      });
    }
  });

  test("wait for the day of contract, with the way back until then", () => {
    const advice = advise([table({ phase: "swapped" })], { daysUntilContract: 1 });
    expect(advice).toMatchObject({ state: "wait", command: null });
    expect(advice.reasons).toEqual([expect.stringMatching(/in 1 day\. .*rollback/)]);
    expect(advise([table({ phase: "swapped" })], { daysUntilContract: 0 }).state).toBe("go");
  });

  test("stop for rows that halfvec cannot hold, before what is red because of them", () => {
    const examples = [{ key: { id: "1" }, reason: "a value is beyond the range of halfvec (65504)" }];
    const advice = advise([
      table({ setAside: { rows: 1, more: false, examples }, verification: verified(false) }),
      table({ table: "page_embeddings", setAside: { rows: 1_000, more: true, examples } }),
    ]);
    expect(advice).toMatchObject({ state: "stop", command: "npm run migrate:halfvec -- status" });
    expect(advice.reasons).toEqual([
      expect.stringMatching(/^documents: 1 row holds a value that halfvec cannot hold\. Correct or empty it/),
      expect.stringMatching(/^page_embeddings: more than 1000 rows hold/),
      "documents: recall@10 71.00 %.",
    ]);
  });
});
