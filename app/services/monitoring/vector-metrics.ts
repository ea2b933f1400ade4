import type { ProfileTable } from "../halfvec/profile-table/profile-figures.ts";
import type { MigrationStatus, StoredVerification, TableStatus } from "../halfvec/status.ts";
import type { StorageFigures } from "../halfvec/storage.ts";
import type { Turn } from "../halfvec/turn.ts";
import type { MemoryMetrics } from "./memory/memory-metrics.ts";
import type { RecallMetrics } from "./recall/recall-metrics.ts";

export type { ProfileBytes, ProfileRow, ProfileTable } from "../halfvec/profile-table/profile-figures.ts";
export type { HotRelation, MemoryMetrics } from "./memory/memory-metrics.ts";
export type {
  AccuracyComparison,
  MeasuredIndex,
  RecallMetrics,
  ShadowRecall,
  TableAccuracy,
  VerifiedRecall,
} from "./recall/recall-metrics.ts";

/**
 * What the dashboard, `GET /api/metrics.json` and the stream of events show. Plain JSON: times are ISO 8601 in UTC.
 * Bytes are bytes, shares are 0 to 1, durations are milliseconds unless the name says seconds.
 */
export interface VectorMetrics {
  readonly takenAt: string;
  /** Time that the queries took, all together and with their way there and back. */
  readonly databaseMilliseconds: number;
  readonly migration: Section<MigrationMetrics>;
  readonly storage: Section<StorageMetrics>;
  readonly latency: Section<LatencyMetrics>;
  readonly recall: Section<RecallMetrics>;
  readonly memory: Section<MemoryMetrics>;
}

/** A part that could not be read says why; the others are shown all the same. */
export type Section<Value> =
  | { readonly state: "read"; readonly value: Value }
  | { readonly state: "failed"; readonly problem: SectionProblem };

export interface SectionProblem {
  readonly kind:
    | "database-away"
    | "timeout"
    | "permission"
    | "extension-missing"
    | "schema-missing"
    | "unknown";
  /** What is wrong and what to do, for a person. */
  readonly message: string;
}

/** The same with its dates as text. */
export type Json<Value> = Value extends Date
  ? string
  : Value extends readonly (infer Item)[]
    ? Json<Item>[]
    : Value extends object
      ? { [Key in keyof Value]: Json<Value[Key]> }
      : Value;

export const VECTOR_FLAGS = ["auto", "vector", "halfvec"] as const;
export type VectorFlag = (typeof VECTOR_FLAGS)[number];

export function isVectorFlag(value: unknown): value is VectorFlag {
  return VECTOR_FLAGS.some((flag) => flag === value);
}

export interface MigrationMetrics {
  /** Whether the bookkeeping of the migration stands: from expand to contract. */
  readonly bookkept: boolean;
  readonly flag: {
    readonly value: VectorFlag;
    /** Where it comes from: a row in the database goes before the variable VECTOR_COLUMN. */
    readonly from: "database" | "environment";
    readonly by: string | null;
    readonly at: string | null;
  };
  readonly settings: Json<MigrationStatus["settings"]>;
  /** When contract may drop the originals without being forced; null before the swap. */
  readonly contractDueAt: string | null;
  /** Whole days until then, 0 when it is due. */
  readonly daysUntilContract: number | null;
  readonly tables: readonly TableMigration[];
  /** What is at work on the migration now, in whichever process; null where nothing is. */
  readonly atWork: Turn | null;
  readonly advice: Advice;
  /** A verify that this process runs now. */
  readonly verifying: VerifyProgress | null;
  /** What admins did here, newest first, at most 20. */
  readonly actions: readonly AdminAction[];
}

/** As `status --json` says it, with the course of the conversion. */
export interface TableMigration extends Omit<Json<TableStatus>, "setAside" | "storage" | "profiles"> {
  /** Why the conversion waits now, or null. */
  readonly throttle: string | null;
  /** At most 120 points over the whole conversion, oldest first. */
  readonly progress: readonly ProgressPoint[];
  readonly setAside: {
    readonly rows: number;
    /** Whether there may be more: no more than 200 entries are looked at. */
    readonly more: boolean;
    /** The first ten by key. */
    readonly examples: Json<TableStatus["setAside"]>;
  };
}

export type TableVerification = Json<StoredVerification>;

export interface ProgressPoint {
  readonly at: string;
  readonly rowsConverted: number;
  /** Since the point before; null at the first. */
  readonly rowsPerSecond: number | null;
  /** Share of HOT updates since the point before; null where nothing was converted. */
  readonly hotShare: number | null;
}

/** Can I go on? What stands in the way, and the next command. */
export interface Advice {
  readonly state: "go" | "wait" | "stop" | "done";
  readonly title: string;
  /** What speaks against it, or what is under way; empty where nothing does. */
  readonly reasons: readonly string[];
  /** The command that goes on from here, or null where there is nothing to do. */
  readonly command: string | null;
}

export interface VerifyProgress {
  readonly by: string;
  readonly startedAt: string;
  readonly table: string | null;
  readonly step: string | null;
  readonly done: number;
  readonly total: number;
}

export interface AdminAction {
  readonly at: string;
  readonly by: string;
  readonly action: "flag" | "pause" | "resume" | "verify" | "compare";
  /** For instance the new value of the flag, or how the verify ended. */
  readonly detail: string;
}

export interface StorageMetrics {
  readonly tables: readonly TableStorage[];
  /** Sums over all tables; a moment is null where a table lacks it. */
  readonly total: StorageComparison;
  /** For each of the tables what was asked for beside what each index gives, as `status --json` says it. */
  readonly profiles: readonly ProfileTable[];
}

export interface TableStorage extends StorageComparison {
  readonly table: string;
  /** Every index as it is now, largest first. */
  readonly indexes: readonly IndexStorage[];
}

export interface IndexStorage {
  readonly name: string;
  readonly column: string | null;
  readonly method: string;
  readonly operatorClass: string;
  readonly valid: boolean;
  readonly bytes: number;
}

export interface StorageComparison {
  /** Measured before expand. */
  readonly before: MeasuredStorage | null;
  /** The largest of all measured moments, now among them. */
  readonly peak: MeasuredStorage | null;
  /** Measured live. */
  readonly now: MeasuredStorage;
  /**
   * A forecast, not a measurement: after contract and a rewrite of the table. Null after contract (see `now`), and where
   * PostgreSQL has no estimate of the rows yet, before the first VACUUM or ANALYZE of the table.
   */
  readonly after: ForecastStorage | null;
  /** Of now and of the forecast against before, 0 to 1; below 0 where it grew. Null without a `before`. */
  readonly reduction: { readonly now: StorageReduction; readonly after: StorageReduction | null } | null;
}

export interface MeasuredStorage extends StorageFigures {
  readonly totalBytes: number;
  readonly measuredAt: string;
}

export interface ForecastStorage extends StorageFigures {
  readonly totalBytes: number;
}

export interface StorageReduction {
  /** Heap and TOAST. */
  readonly table: number;
  /** All HNSW indexes of halfvec values, compact ones too, against the one of vector values; null while there is none. */
  readonly index: number | null;
  readonly total: number;
}

export interface LatencyMetrics {
  /** Whether other processes and earlier ones are in it; false: this process alone, because nothing can be stored. */
  readonly stored: boolean;
  readonly windows: readonly LatencyWindow[];
  /** Percentiles over the last hour by minute, and over the last 24 hours by quarter of an hour. */
  readonly series: readonly LatencySeries[];
  /** Of each table that searched vector within the last 30 days. */
  readonly lastVector: readonly LastVectorLatency[];
}

/** Vector as it was measured last: its searches of the 24 hours that end with the last of them. No shadow reads. */
export interface LastVectorLatency extends LatencyFigures {
  readonly table: string;
  /** End of the quarter of an hour in which vector answered last. */
  readonly until: string;
}

export interface LatencyWindow {
  readonly minutes: 5 | 60 | 1440;
  readonly rows: readonly TableLatency[];
}

export interface LatencyFigures {
  readonly searches: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface TableLatency extends LatencyFigures {
  readonly table: string;
  readonly columnType: "vector" | "halfvec";
  /** Whether these are shadow reads: nobody waited for them. */
  readonly shadow: boolean;
}

export interface LatencySeries {
  readonly minutes: 60 | 1440;
  readonly columnType: "vector" | "halfvec";
  readonly shadow: boolean;
  /** Oldest first; a slot without a search is left out. */
  readonly points: readonly (LatencyFigures & { readonly at: string })[];
}
