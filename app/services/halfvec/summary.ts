import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import type { Phase } from "./phases.ts";
import { planMigration } from "./plan.ts";
import type { ProfileTable } from "./profile-table/profile-figures.ts";
import { plannedProfiles } from "./profile-table/profile-forecast.ts";
import { readStatus } from "./status.ts";
import { totalBytes } from "./storage.ts";

/** Before and after of one table. Null: not measured, because that step was not done. */
export interface TableSummary {
  table: string;
  phase: Phase;
  rows: number;
  /** Heap, TOAST and all indexes, in bytes: measured before expand, and at the last step. */
  bytesBefore: number | null;
  bytesNow: number | null;
  /** The HNSW index that serves search, in bytes. */
  vectorIndexBytes: number | null;
  halfvecIndexBytes: number | null;
  recallVector: number | null;
  recallHalfvec: number | null;
  largestSimilarityDifference: number | null;
  /** Rows that were compared with the cast of their original, and how many differed. */
  rowsCompared: number | null;
  rowsDiffering: number | null;
  rowsSetAside: number;
  hotShare: number | null;
  /** Seconds that all steps took together. */
  seconds: number;
  /** Computed, not measured: what is left when the backup is dropped and the table rewritten. */
  contractedBytesForecast: number;
  /** What was asked for beside what each index gives; null where there is no such table. */
  profiles: ProfileTable | null;
}

/** The figures of the before/after table, read from what each step stored. */
export async function summarize(
  client: ClientBase,
  tables: readonly EmbeddingTable[],
): Promise<TableSummary[]> {
  const plans = await planMigration(client, tables);
  const forecasts = tables.flatMap(({ name, dimensions, hnsw: { m } }, index) => {
    const plan = plans[index];
    const forecast = plan && plannedProfiles(plan, { dimensions, m });
    return forecast ? [[name, forecast] as const] : [];
  });
  const { tables: statuses } = await readStatus(client, tables, new Map(forecasts));
  return statuses.map((status, index) => {
    const baseline = status.storage.find((stored) => stored.moment === "baseline");
    const last = status.storage.findLast((stored) => stored.moment !== "baseline");
    const figures = status.verification?.figures;
    return {
      table: status.table,
      phase: status.phase,
      rows: plans[index]?.rows ?? 0,
      bytesBefore: baseline ? totalBytes(baseline) : null,
      bytesNow: last ? totalBytes(last) : null,
      vectorIndexBytes: baseline?.vectorIndexBytes ?? null,
      halfvecIndexBytes: last && last.halfvecIndexBytes > 0 ? last.halfvecIndexBytes : null,
      recallVector: figures?.recallVector ?? null,
      recallHalfvec: figures?.recallHalfvec ?? null,
      largestSimilarityDifference: figures?.largestSimilarityDifference ?? null,
      rowsCompared: figures?.compared ?? null,
      rowsDiffering: figures?.differing ?? null,
      rowsSetAside: status.setAside.length,
      hotShare: status.conversion?.hotShare ?? null,
      seconds: Object.values(status.seconds).reduce((sum, seconds) => sum + seconds, 0),
      contractedBytesForecast: plans[index]?.contractedBytesForecast ?? 0,
      profiles: status.profiles,
    };
  });
}
