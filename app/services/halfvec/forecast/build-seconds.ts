import type { HnswOptions } from "../../../embedding-tables.ts";
import type { IndexProfile } from "../../index-tuning.ts";

/** What there is for the build of an index. */
export interface BuildMeans {
  /** Bytes. */
  maintenanceWorkMem: number;
  /** `max_parallel_maintenance_workers`: taken for the number of cores that a build may have. */
  maxWorkers: number;
  /** `min_parallel_table_scan_size` in bytes. */
  leastParallelBytes: number;
  /** Seconds that this server takes for a distance in SQL, over those of the one that was measured; 1 where it is not known. */
  slowness: number;
}

export interface BuildBasis {
  rows: number;
  dimensions: number;
  hnsw: HnswOptions;
  /** Of the main fork: what PostgreSQL chooses the number of workers by. */
  heapBytes: number;
}

/**
 * Measured by `npm run bench:profiles`: 50,000 rows of 1,536 dimensions, m 16, ef_construction 64, graph in memory, 2 workers
 * on 2 cores (bench/results/profiles.json).
 */
const MEASURED = {
  rows: 50_000,
  dimensions: 1536,
  m: 16,
  efConstruction: 64,
  cores: 2,
  seconds: { halfvec: 26.9, compact: 9.2 },
} as const;

/** Of the time at 1,536 dimensions, what goes with their number: 0.42 s a thousand rows at 384, 0.70 s at 1,536. Not for signs. */
const SHARE_OF_DIMENSIONS = 0.52;
/** Of the time at an ef_construction of 64, what goes with it: 0.70 s a thousand rows, at 128 0.85 s. */
const SHARE_OF_CANDIDATES = 0.2;

/** A distance of halfvec values in SQL on the server of the measurement: seconds, and seconds more for each dimension. */
const MEASURED_DISTANCE = { seconds: 0.087e-6, perDimension: 0.152e-9 };

/** A worker has no less of `maintenance_work_mem` than this, or there are fewer workers (pgvector, hnswbuild.c). */
const LEAST_MEMORY_OF_PROCESS = 32 * 2 ** 20;

/** How much slower a server is than the one that was measured. @param secondsADistance of two halfvec values in SQL */
export function slownessOf(secondsADistance: number, dimensions: number): number {
  return secondsADistance / (MEASURED_DISTANCE.seconds + dimensions * MEASURED_DISTANCE.perDimension);
}

/**
 * A rough forecast of the seconds that the build of an HNSW index on halfvec values takes where its graph is held in memory:
 * a measured time, scaled. It grows with rows × log(rows) × m, and in part with dimensions and ef_construction. Waiting for
 * other transactions is not in it. 0 for an empty table.
 */
export function buildSeconds(
  profile: IndexProfile,
  { rows, dimensions, hnsw, heapBytes }: BuildBasis,
  means: BuildMeans,
): number {
  if (rows < 2) return 0;
  const measured = MEASURED.seconds[profile];
  const size = (rows * Math.log(rows)) / (MEASURED.rows * Math.log(MEASURED.rows));
  const length = profile === "halfvec" ? inPart(SHARE_OF_DIMENSIONS, dimensions / MEASURED.dimensions) : 1;
  const graph =
    (hnsw.m / MEASURED.m) * inPart(SHARE_OF_CANDIDATES, hnsw.efConstruction / MEASURED.efConstruction);
  const cores = Math.min(workers(heapBytes, means) + 1, Math.max(1, means.maxWorkers));
  return (measured * size * length * graph * means.slowness * MEASURED.cores) / cores;
}

function inPart(share: number, factor: number): number {
  return 1 - share + share * factor;
}

/** One more each time that the heap is three times as large (plan_create_index_workers). */
function workers(
  heapBytes: number,
  { maintenanceWorkMem, maxWorkers, leastParallelBytes }: BuildMeans,
): number {
  if (heapBytes < leastParallelBytes) return 0;
  const bySize = 1 + Math.floor(Math.log(heapBytes / Math.max(1, leastParallelBytes)) / Math.log(3));
  const byMemory = Math.max(0, Math.floor(maintenanceWorkMem / LEAST_MEMORY_OF_PROCESS) - 1);
  return Math.min(bySize, byMemory, maxWorkers);
}
