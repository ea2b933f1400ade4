import { collectDefaultMetrics, Registry } from "prom-client";
import type { Section, VectorMetrics } from "../vector-metrics.ts";
import { Gauges } from "./gauges.ts";
import { setMigrationGauges } from "./migration-gauges.ts";
import { searchDurations } from "./search-duration.server.ts";
import { setLatencyGauges, setRecallGauges } from "./search-gauges.ts";
import { setMemoryGauges, setStorageGauges } from "./storage-gauges.ts";

const SECTIONS = ["migration", "storage", "latency", "recall", "memory"] as const;

/** The `Content-Type` of {@link exposition}. */
export const EXPOSITION_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

// The development server loads this module again on every change; the observers of the process outlive it.
const kept = globalThis as typeof globalThis & { processMetrics?: Registry };

/**
 * A snapshot, the search histogram of this process and the metrics of the process itself, in the Prometheus text format.
 * Where the database is away `halfvec_migration_up` is 0, and the figures that come from it are left out.
 */
export async function exposition(metrics: VectorMetrics): Promise<string> {
  const registry = new Registry();
  const gauges = new Gauges(registry);
  const up = metrics.migration.state === "read";
  gauges.set("halfvec_migration_up", "Whether the state of the migration could be read.", {}, up);
  gauges.set(
    "halfvec_migration_snapshot_database_seconds",
    "Time that the database took for these figures.",
    {},
    metrics.databaseMilliseconds / 1000,
  );
  for (const section of SECTIONS) {
    gauges.set(
      "halfvec_migration_section_up",
      "Whether the figures of a part could be read.",
      { section },
      metrics[section].state === "read",
    );
  }
  whereRead(metrics.migration, (value) => setMigrationGauges(gauges, value));
  whereRead(metrics.storage, (value) => setStorageGauges(gauges, value));
  whereRead(metrics.latency, (value) => setLatencyGauges(gauges, value));
  whereRead(metrics.recall, (value) => setRecallGauges(gauges, value));
  whereRead(metrics.memory, (value) => setMemoryGauges(gauges, value));
  const text = await Registry.merge([registry, searchDurations, processMetrics()]).metrics();
  // prom-client writes Nan where nothing was observed; the format knows NaN, and not every reader is lenient.
  return text.replace(/ Nan$/gm, " NaN");
}

function whereRead<Value>(section: Section<Value>, use: (value: Value) => void): void {
  if (section.state === "read") use(section.value);
}

/** Begun when they are asked for the first time: a process that nobody watches pays nothing. */
function processMetrics(): Registry {
  if (kept.processMetrics === undefined) {
    kept.processMetrics = new Registry();
    collectDefaultMetrics({ register: kept.processMetrics });
  }
  return kept.processMetrics;
}
