import { EMBEDDING_TABLES } from "../../app/embedding-tables.ts";
import type {
  Advice,
  MeasuredIndex,
  SectionProblem,
  TableMigration,
  TableVerification,
  VectorMetrics,
} from "../../app/services/monitoring/vector-metrics.ts";
import { latencyMetricsAt } from "./latency-fixture.ts";
import { ROWS, type Stage, TAKEN_AT } from "./metrics-stage.ts";
import { storageMetricsAt } from "./storage-fixture.ts";

const MB = 1024 * 1024;
const MINUTE = 60_000;
const NOW = Date.parse(TAKEN_AT);
const TABLES = EMBEDDING_TABLES.map(({ name }) => name);

const ADVICE: Readonly<Record<Stage, Advice>> = {
  baseline: {
    state: "go",
    title: "Nothing has begun: the migration can start",
    reasons: [],
    command: "npm run migrate:halfvec",
  },
  converting: {
    state: "wait",
    title: "block_embeddings is being converted",
    reasons: ["58 % of the rows are done; the rest takes about 4 minutes."],
    command: null,
  },
  red: {
    state: "stop",
    title: "verify found a fault: do not swap",
    reasons: [
      "documents: recall@10 of halfvec is 0.941, 0.031 below that of vector; at most 0.02 is allowed.",
      "3 rows of block_embeddings were set aside.",
    ],
    command: "npm run migrate:halfvec -- verify",
  },
  swapped: {
    state: "go",
    title: "Search reads halfvec. Contract is due in 26 days",
    reasons: ["Until then a rollback brings the originals back."],
    command: "npm run migrate:halfvec -- contract",
  },
  contracted: { state: "done", title: "The migration is complete", reasons: [], command: null },
};

/** A full set of figures, as a team would see them at one point of its migration. */
export function metricsAt(stage: Stage, changed: Partial<VectorMetrics> = {}): VectorMetrics {
  const swapped = stage === "swapped" || stage === "contracted";
  return {
    takenAt: TAKEN_AT,
    databaseMilliseconds: 14.2,
    migration: {
      state: "read",
      value: {
        bookkept: stage !== "baseline" && stage !== "contracted",
        flag: {
          value: stage === "red" ? "vector" : "auto",
          from: stage === "red" ? "database" : "environment",
          by: stage === "red" ? "ada@example.com" : null,
          at: stage === "red" ? "2026-11-23T10:00:00.000Z" : null,
        },
        settings:
          stage === "baseline" || stage === "contracted"
            ? null
            : { paused: false, pausedBy: null, swappedAt: swapped ? "2026-11-19T09:00:00.000Z" : null },
        contractDueAt: stage === "swapped" ? "2026-12-19T09:00:00.000Z" : null,
        daysUntilContract: stage === "swapped" ? 26 : null,
        tables: TABLES.map((table, position) => tableAt(stage, table, position)),
        advice: ADVICE[stage],
        verifying: null,
        atWork: stage === "converting" ? "forward" : null,
        actions:
          stage === "red"
            ? [
                {
                  at: "2026-11-23T11:20:00.000Z",
                  by: "ada@example.com",
                  action: "verify",
                  detail: "red: documents",
                },
                { at: "2026-11-23T10:00:00.000Z", by: "ada@example.com", action: "flag", detail: "vector" },
              ]
            : [],
      },
    },
    storage: { state: "read", value: storageMetricsAt(stage) },
    latency: { state: "read", value: latencyMetricsAt(stage) },
    recall: {
      state: "read",
      value: {
        verified: stage === "baseline" || stage === "converting" ? [] : TABLES.map(verifiedRecall),
        shadow: {
          share: stage === "baseline" ? 0 : 0.05,
          rows: swapped
            ? TABLES.slice(0, 3).map((table, position) => ({
                table,
                answered: "halfvec",
                searches: 412 - position * 90,
                overlapAt10: 0.994 - position * 0.004,
                largestSimilarityDifference: 1.3e-5,
                failed: 0,
                skipped: position,
                lastAt: "2026-11-23T11:58:00.000Z",
              }))
            : [],
        },
        comparison: null,
        indexes: swapped ? measuredIndexes(TABLES[0]) : [],
      },
    },
    memory: {
      state: "read",
      value: {
        relations: TABLES.map((table, position) => ({
          table,
          column: "embedding",
          columnType: swapped ? "halfvec" : "vector",
          indexName: swapped ? `${table}_halfvec_hnsw_idx` : `${table}_embedding_idx`,
          indexBytes: ((ROWS[position] ?? 0) / 20_000) * (swapped ? 78 : 156) * MB,
          toastBytes: ((ROWS[position] ?? 0) / 20_000) * (swapped ? 80 : 160) * MB,
          toastForecast: true,
          bufferedBytes: stage === "baseline" ? null : 40 * MB,
        })),
        sharedBuffersBytes: 128 * MB,
        bufferCache: stage === "baseline" ? "not-installed" : "read",
        buffersReadAt: stage === "baseline" ? null : TAKEN_AT,
        process: { rssBytes: 182 * MB, heapUsedBytes: 64 * MB },
      },
    },
    ...changed,
  };
}

/** The same, with one part that could not be read. */
export function failedSection(
  kind: SectionProblem["kind"],
  message: string,
): { state: "failed"; problem: SectionProblem } {
  return { state: "failed", problem: { kind, message } };
}

function tableAt(stage: Stage, table: string, position: number): TableMigration {
  const rowsTotal = ROWS[position] ?? 0;
  const share = stage === "converting" ? ([1, 0.58, 0, 0][position] ?? 0) : 1;
  const finished = share === 1;
  const begun = stage !== "baseline" && stage !== "contracted" && share > 0;
  const running = begun && !finished;
  const startedAt = new Date(NOW - (20 - position * 4) * MINUTE).toISOString();
  return {
    table,
    phase: stage === "converting" ? "expanded" : stage === "red" ? "indexed" : stage,
    goingBack: false,
    rowEstimate: rowsTotal,
    inline: false,
    conversion: begun
      ? {
          rowsConverted: Math.round(rowsTotal * share),
          rowsTotal,
          rowsHot: Math.round(rowsTotal * share * 0.93),
          hotShare: 0.93,
          nextBlock: 120,
          endBlock: 300,
          claims: running ? 1 : 0,
          rowsPerSecond: running ? 2_940 : null,
          etaSeconds: running ? 245 : null,
          startedAt,
          finishedAt: finished ? new Date(Date.parse(startedAt) + 3 * MINUTE).toISOString() : null,
        }
      : null,
    indexes: [],
    verification: stage === "red" || stage === "swapped" ? verification(stage, table, rowsTotal) : null,
    seconds: {},
    throttle: running ? "replica standby1 is 4.2 s behind (at most 3 s)" : null,
    progress: begun ? progressOf(Date.parse(startedAt), rowsTotal * share, position) : [],
    setAside: {
      rows: table === "block_embeddings" && begun ? 3 : 0,
      more: false,
      examples:
        table === "block_embeddings" && begun
          ? [
              {
                key: { id: "0190f3c2-6f3e-7cc0-9a55-0d1c6a2b7f10" },
                reason: "value 70123.5 is beyond ±65504",
              },
            ]
          : [],
    },
  };
}

function progressOf(from: number, rows: number, position: number) {
  return Array.from({ length: 40 }, (_, step) => ({
    at: new Date(from + step * 4_500).toISOString(),
    rowsConverted: Math.round((rows * step) / 39),
    rowsPerSecond: step === 0 ? null : 2_700 + 400 * Math.sin(step / 4 + position),
    hotShare: step === 0 ? null : 0.93 + 0.05 * Math.sin(step / 5 + position),
  }));
}

function verification(stage: Stage, table: string, rows: number): TableVerification {
  const red = stage === "red" && table === "documents";
  const ok = (
    name: "converted" | "values" | "index" | "trigger" | "recall" | "similarity" | "plan",
    detail: string,
  ) => ({
    name,
    ok: true,
    detail,
  });
  return {
    ok: !red,
    verifiedAt: "2026-11-23T11:20:00.000Z",
    current: true,
    figures: {
      rows,
      compared: rows,
      unconverted: 0,
      setAside: 0,
      differing: 0,
      queries: 100,
      recallVector: red ? 0.972 : 0.998,
      p95Vector: 3.1,
      recallHalfvec: red ? 0.941 : 0.997,
      p95Halfvec: 2.4,
      recallVectorOf: null,
      k: 10,
      efSearch: 40,
      largestSimilarityDifference: 1.3e-5,
      searchPlan: { index: `${table}_halfvec_hnsw_idx`, scanDisabled: false },
      seconds: 14.1,
      checks: [
        ok("converted", `0 of ${rows} rows have no halfvec value`),
        ok("values", `0 of ${rows} values differ from the cast of their original`),
        ok("index", `${table}_halfvec_hnsw_idx is valid`),
        ok("trigger", "the trigger keeps both columns equal"),
        red
          ? { name: "recall", ok: false, detail: "0.941, 0.031 below vector; at most 0.02 is allowed" }
          : ok("recall", "0.997 against 0.998 of vector, over 100 queries"),
        ok("similarity", "differs by at most 1.3e-5"),
        ok("plan", `the app’s statement uses ${table}_halfvec_hnsw_idx`),
      ],
    },
  };
}

function verifiedRecall(table: string, position: number) {
  return {
    table,
    verifiedAt: "2026-11-23T11:20:00.000Z",
    k: 10,
    queries: 100,
    recallVector: 0.998 - position * 0.003,
    recallHalfvec: 0.997 - position * 0.0035,
    largestSimilarityDifference: 1.3e-5,
  };
}

/** Of a table that has both kinds of index. */
function measuredIndexes(table = ""): MeasuredIndex[] {
  const curves = {
    halfvec: [
      [40, 0.962, 0.9],
      [60, 0.979, 1.1],
      [80, 0.986, 1.4],
    ],
    compact: [
      [40, 0.871, 0.7],
      [60, 0.918, 0.9],
      [80, 0.951, 1.1],
      [100, 0.972, 1.3],
      [120, 0.98, 1.5],
    ],
  } as const;
  return (["halfvec", "compact"] as const).map((profile) => ({
    table,
    index: `${table}_${profile}_hnsw_idx`,
    profile,
    searched: profile === "compact",
    outgrown: false,
    inUse: profile === "compact",
    tuning: {
      k: 10,
      candidates: profile === "halfvec" ? 60 : 100,
      target: 0.97,
      chosenTarget: false,
      queries: 100,
      rows: 20_000,
      rowEstimate: 20_000,
      measuredAt: "2026-11-22T09:30:00.000Z",
      buildSeconds: null,
      curve: curves[profile].map(([candidates, recall, p50]) => ({ candidates, recall, p50, p95: 2 * p50 })),
    },
  }));
}
