import { EMBEDDING_TABLES } from "../../app/embedding-tables.ts";
import type {
  MeasuredStorage,
  ProfileTable,
  StorageComparison,
  StorageMetrics,
} from "../../app/services/monitoring/vector-metrics.ts";
import { ROWS, type Stage, TAKEN_AT } from "./metrics-stage.ts";

const MB = 1024 * 1024;

/** What the tables take at one point of a migration. */
export function storageMetricsAt(stage: Stage): StorageMetrics {
  const tables = EMBEDDING_TABLES.map(({ name }, position) => ({
    table: name,
    ...storageAt(stage, (ROWS[position] ?? 0) / 20_000),
    indexes: indexesAt(stage, name, position),
  }));
  const profiles = EMBEDDING_TABLES.map(({ name }, position) => profilesAt(stage, name, position));
  return { tables, total: storageAt(stage, 3.5), profiles };
}

/** The first table also has a compact index once it is swapped. */
function profilesAt(stage: Stage, table: string, position: number): ProfileTable {
  const rows = ROWS[position] ?? 0;
  const bytes = (mb: number, of: number, forecast: boolean) => ({
    bytes: Math.round(mb * (rows / 20_000) * MB),
    share: mb / of,
    forecast,
  });
  const swapped = stage === "swapped" || stage === "contracted";
  const verified = swapped || stage === "red";
  const compact = swapped && position === 0;
  const rewritten = stage === "contracted";
  return {
    table,
    rows: { baseline: rows, now: rows, embedded: rows },
    total: {
      asked: 0.43,
      vector: bytes(324, 324, false),
      halfvec: bytes(166, 324, !rewritten),
      compact: bytes(97.75, 324, !rewritten || !compact),
    },
    index: {
      asked: 0.34,
      vector: bytes(156, 156, false),
      halfvec: bytes(78, 156, !verified),
      compact: bytes(9.75, 156, !compact),
    },
    recall: {
      asked: null,
      vector: verified ? 0.998 - position * 0.003 : null,
      halfvec: compact ? 0.979 : verified ? 0.997 - position * 0.0035 : null,
      compact: compact ? 0.972 : null,
    },
    p95: {
      asked: null,
      vector: verified ? 3.1 : null,
      halfvec: compact ? 2.2 : verified ? 2.4 : null,
      compact: compact ? 2.6 : null,
    },
  };
}

function measured(factor: number, of: [number, number, number, number, number], at: string): MeasuredStorage {
  const [heap, toast, vector, halfvec, other] = of.map((mb) => Math.round(mb * factor * MB)) as typeof of;
  return {
    heapBytes: heap,
    toastBytes: toast,
    vectorIndexBytes: vector,
    halfvecIndexBytes: halfvec,
    otherIndexBytes: other,
    totalBytes: heap + toast + vector + halfvec + other,
    measuredAt: at,
  };
}

function storageAt(stage: Stage, factor: number): StorageComparison {
  const before = measured(factor, [9, 157, 156, 0, 2], "2026-11-18T08:00:00.000Z");
  const peak = measured(factor, [13, 233, 156, 78, 3], "2026-11-19T08:50:00.000Z");
  const after = measured(factor, [9, 77, 0, 78, 2], TAKEN_AT);
  const { measuredAt: _, ...forecast } = after;
  const now = {
    baseline: { ...before, measuredAt: TAKEN_AT },
    converting: measured(factor, [12, 201, 156, 0, 2], TAKEN_AT),
    red: { ...peak, measuredAt: TAKEN_AT },
    swapped: measured(factor, [13, 233, 0, 78, 2], TAKEN_AT),
    contracted: after,
  }[stage];
  if (stage === "baseline") return { before: null, peak: null, now, after: forecast, reduction: null };
  const less = (value: number, than: number) => 1 - value / than;
  const reduction = (of: typeof forecast, index: number | null) => ({
    table: less(of.heapBytes + of.toastBytes, before.heapBytes + before.toastBytes),
    index,
    total: less(of.totalBytes, before.totalBytes),
  });
  const swapped = stage === "swapped" || stage === "contracted";
  return {
    before,
    peak,
    now,
    after: stage === "contracted" ? null : forecast,
    reduction: {
      now: reduction(now, swapped ? 0.5 : null),
      after: stage === "contracted" ? null : reduction(forecast, 0.5),
    },
  };
}

function indexesAt(stage: Stage, table: string, position: number) {
  const factor = (ROWS[position] ?? 0) / 20_000;
  const hnsw = (name: string, column: string, operatorClass: string, mb: number) => ({
    name,
    column,
    method: "hnsw",
    operatorClass,
    valid: true,
    bytes: mb * factor * MB,
  });
  const swapped = stage === "swapped" || stage === "contracted";
  return [
    ...(swapped ? [] : [hnsw(`${table}_embedding_idx`, "embedding", "vector_cosine_ops", 156)]),
    ...(swapped || stage === "red"
      ? [
          hnsw(
            `${table}_halfvec_hnsw_idx`,
            swapped ? "embedding" : "embedding_halfvec",
            "halfvec_cosine_ops",
            78,
          ),
        ]
      : []),
  ];
}
