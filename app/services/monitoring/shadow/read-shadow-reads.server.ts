import type { Database } from "../../../db.server.ts";
import type { VectorType } from "../../embedding-columns.server.ts";
import { isMetricsSchemaMissing } from "../recording/metrics-schema-missing.ts";
import type { ShadowRecall } from "../vector-metrics.ts";

const WINDOW_MS = 24 * 3_600_000;

/**
 * How far shadow reads of the last 24 hours agreed with what users got, of all processes; up to 15 seconds behind. By
 * table and by the column that answered. None where the schema `vector_metrics` is not there.
 * @throws errors of `pg` otherwise
 */
export async function readShadowReads(db: Database, at: Date = new Date()): Promise<ShadowRecall[]> {
  try {
    const { rows } = await db.query<Sums>(SUMS, [new Date(at.getTime() - WINDOW_MS)]);
    return rows.map(recallOf);
  } catch (error) {
    if (!isMetricsSchemaMissing(error)) throw error;
    return [];
  }
}

interface Sums {
  readonly table: string;
  readonly answered: VectorType;
  readonly searches: number;
  readonly overlapSum: number;
  readonly largestDifference: number;
  readonly failed: number;
  readonly skipped: number;
  /** Milliseconds since 1970. */
  readonly lastAt: number;
}

const SUMS = `
  SELECT table_name AS table, answered, sum(searches)::float8 AS searches, sum(overlap_sum) AS "overlapSum",
    max(largest_difference) AS "largestDifference", sum(failed)::float8 AS failed, sum(skipped)::float8 AS skipped,
    extract(epoch FROM max(last_at))::float8 * 1000 AS "lastAt"
  FROM vector_metrics.shadow_reads
  WHERE slot >= $1::timestamptz
  GROUP BY table_name, answered
  ORDER BY table_name, answered`;

function recallOf({ table, answered, overlapSum, largestDifference, lastAt, ...counts }: Sums): ShadowRecall {
  const compared = counts.searches > 0;
  return {
    table,
    answered,
    ...counts,
    overlapAt10: compared ? overlapSum / counts.searches : null,
    largestSimilarityDifference: compared ? largestDifference : null,
    lastAt: new Date(lastAt).toISOString(),
  };
}
