import type { Contracted } from "../../app/services/halfvec/contract/contract.ts";
import type { Report } from "../../app/services/halfvec/events.ts";
import type { RollbackTarget } from "../../app/services/halfvec/phases.ts";
import type { TablePlan } from "../../app/services/halfvec/plan.ts";
import type { Finding } from "../../app/services/halfvec/preflight/finding.ts";
import type { RolledBack } from "../../app/services/halfvec/rollback/roll-back.ts";
import type { MigrationStatus } from "../../app/services/halfvec/status.ts";
import type { TableSummary } from "../../app/services/halfvec/summary.ts";

/** Where a command shows what happens: a terminal, a log, or JSON lines for a program. */
export interface Screen {
  /** Takes the events of the engine. */
  report: Report;
  showStatus(status: MigrationStatus): void;
  showPlan(plans: readonly TablePlan[], findings: readonly Finding[]): void;
  /** The figures at the end of a command that works, however it ended. */
  showSummary(figures: Figures, outcome: Outcome): void;
  /** A sentence to the person, such as how to go on. */
  say(text: string): void;
  /** Ends what is drawn over and over; from here on lines stay. */
  close(): void;
}

/** What a command has to show at its end. Null: nothing was done. */
export type Figures =
  | { kind: "migration"; tables: readonly TableSummary[] }
  | { kind: "rollback"; to: RollbackTarget; tables: RolledBack | null }
  | { kind: "contract"; contracted: Contracted | null }
  | { kind: "profile"; status: MigrationStatus };

/** How a command ended; `message` says why it did not do all of it. */
export interface Outcome {
  outcome: "done" | "refused" | "interrupted" | "failed";
  message?: string;
}
