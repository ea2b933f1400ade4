import type { IndexProfile, IndexTuning, TuningPoint } from "../index-tuning.ts";
import type { ContractStep, PhaseName, RollbackStep } from "./phases.ts";
import type { ProvedOriginals } from "./rollback/prove-originals.ts";
import type { VerificationFigures } from "./verify/figures.ts";

/** Where the conversion of one table stands. */
export interface ConversionProgress {
  table: string;
  rowsConverted: number;
  /** Rows that had to be converted when this conversion began. */
  rowsTotal: number;
  /** Rows per second over the last seconds. */
  rowsPerSecond: number;
  /** Share of the updates that stayed on their page (heap-only tuples), 0 to 1; null before the first. */
  hotShare: number | null;
  /** Seconds left at the present rate; null while there is no rate. */
  etaSeconds: number | null;
}

/** Everything the engine tells while it works. It knows neither screen nor process: others draw this. */
export type MigrationEvent =
  | {
      event: "phase";
      phase: PhaseName | RollbackStep | ContractStep;
      table?: string;
      state: "started" | "done" | "skipped";
      seconds?: number;
    }
  | { event: "migration"; name: string; state: "applying" | "applied" | "reverting" | "reverted" }
  | ({ event: "convert" } & ConversionProgress)
  | { event: "waiting"; table: string; reason: string }
  | { event: "set-aside"; table: string; rows: number; examples: SetAsideRow[] }
  | { event: "index"; table: string; index: string; step: string; done: number; total: number }
  | { event: "verify"; table: string; step: string; done: number; total: number }
  | { event: "verified"; table: string; ok: boolean; figures: VerificationFigures }
  | ({ event: "proved"; table: string } & ProvedOriginals)
  | ({ event: "tuned"; table: string } & TunedProfile)
  | { event: "dropped"; table: string; index: string; bytes: number }
  /** A file of the project that is to be committed. */
  | { event: "written"; path: string }
  | { event: "warning"; table?: string; message: string };

/** What was measured of an index of one profile. */
export interface TunedProfile {
  profile: IndexProfile;
  index: string;
  bytes: number;
  /** Whether the app searches by it from now on. */
  searched: boolean;
  /** Null where it does not reach the target. */
  tuning: IndexTuning | null;
  curve: TuningPoint[];
}

/** A row whose embedding halfvec cannot hold. */
export interface SetAsideRow {
  /** Primary key, column name to value. */
  key: Record<string, unknown>;
  reason: string;
}

export type Report = (event: MigrationEvent) => void;
