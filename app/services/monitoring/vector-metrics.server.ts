import type { Queryable } from "../halfvec/queryable.ts";
import { readLatency } from "./latency/read-latency.server.ts";
import { readMemoryMetrics } from "./memory/memory-metrics.server.ts";
import { metricsPool } from "./metrics-pool.server.ts";
import { readMigrationMetrics } from "./migration/migration-metrics.server.ts";
import { readRecallMetrics } from "./recall/recall-metrics.server.ts";
import { SectionReader } from "./snapshot/read-sections.server.ts";
import { lookAt } from "./snapshot/shared-look.server.ts";
import { timed } from "./snapshot/timed-database.ts";
import { readStorageMetrics } from "./storage/storage-metrics.server.ts";
import type { VectorMetrics } from "./vector-metrics.ts";

export { compareSearchAccuracy } from "./accuracy/compare-search-accuracy.server.ts";

/** How long {@link currentMetrics} gives everybody the same figures, in milliseconds. */
const FRESH_MS = 1_000;

/**
 * Everything that the dashboard shows, as it is now. Never rejects: a part that could not be read says why. Reads
 * catalog, statistics and bookkeeping, never a row of an embedding table but those that are set aside, by their key.
 */
export async function readVectorMetrics(db: Queryable = metricsPool): Promise<VectorMetrics> {
  const database = timed(db);
  const look = lookAt(database);
  const sections = new SectionReader(database);
  const takenAt = new Date();
  const read = {
    migration: await sections.read(() => readMigrationMetrics(look, takenAt)),
    storage: await sections.read(() => readStorageMetrics(look)),
    latency: await sections.read(() => readLatency(database)),
    recall: await sections.read(() => readRecallMetrics(look)),
    memory: await sections.read(() => readMemoryMetrics(look, db)),
  };
  return { takenAt: takenAt.toISOString(), databaseMilliseconds: database.milliseconds, ...read };
}

let kept: { readonly metrics: Promise<VectorMetrics>; readAt: number } | undefined;

/**
 * The same, shared by all readers of this process: however many look, at most one reading is under way, and what it
 * found is good for a second.
 */
export function currentMetrics(): Promise<VectorMetrics> {
  if (kept && performance.now() - kept.readAt < FRESH_MS) return kept.metrics;
  const metrics = readVectorMetrics();
  const reading = { metrics, readAt: Number.POSITIVE_INFINITY };
  kept = reading;
  void metrics.then(() => {
    reading.readAt = performance.now();
  });
  return metrics;
}

/** The next {@link currentMetrics} reads anew: something has just been changed here. */
export function forgetCurrentMetrics(): void {
  kept = undefined;
}
