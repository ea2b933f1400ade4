import type pg from "pg";
import { onOwnConnection } from "../../own-connection.server.ts";
import { MINUTE_SECONDS, QUARTER_SECONDS } from "./recorded-figures.ts";
import type { Batch } from "./recorder.server.ts";

const STATEMENT_TIMEOUT_MS = 2_000;

/**
 * Adds a batch to the figures in the database, or nothing where it was added before: whoever does not know whether it
 * arrived sends it again.
 * @throws errors of `pg`; then nothing was added, or all of it and the answer was lost
 */
export async function storeBatch(database: pg.Pool, { recorder, number, figures }: Batch): Promise<void> {
  const latencies = figures.latencies.map(({ seconds, start, table, columnType, shadow, histogram }) => {
    const { buckets, searches, slowest } = histogram.parts();
    return [seconds, new Date(start), table, columnType, shadow, buckets, searches, slowest];
  });
  const shadowReads = figures.shadowReads.map(({ start, table, answered, lastAt, ...counts }) => {
    const { searches, overlapSum, largestDifference, failed, skipped } = counts;
    const end = new Date(lastAt);
    return [new Date(start), table, answered, searches, overlapSum, largestDifference, failed, skipped, end];
  });
  const values = [recorder, number, JSON.stringify(latencies), JSON.stringify(shadowReads)];
  await inShortTransaction(database, [{ text: STORE, values }]);
}

/** Deletes what is older than it is kept. */
export async function deleteOldFigures(database: pg.Pool): Promise<void> {
  await inShortTransaction(
    database,
    DELETE_OLD.map((text) => ({ text })),
  );
}

async function inShortTransaction(database: pg.Pool, statements: readonly pg.QueryConfig[]): Promise<void> {
  await onOwnConnection(database, async (client) => {
    await client.query("BEGIN");
    await client.query(`SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}`);
    for (const statement of statements) await client.query(statement);
    await client.query("COMMIT");
  });
}

/**
 * $1 recorder, $2 number of the batch, $3 latencies, $4 shadow reads, both JSON arrays of arrays in the order of the
 * columns. Each process writes its rows in the order of the key: two that meet wait for each other, and do not deadlock.
 */
const STORE = `
  WITH accepted AS (
    INSERT INTO vector_metrics.recorders AS known (id, batch, stored_at)
    VALUES ($1::uuid, $2::bigint, now())
    ON CONFLICT (id) DO UPDATE SET batch = EXCLUDED.batch, stored_at = EXCLUDED.stored_at
      WHERE known.batch < EXCLUDED.batch
    RETURNING id
  ), latencies AS (
    INSERT INTO vector_metrics.search_latencies AS stored
      (slot_seconds, slot, table_name, column_type, shadow, buckets, searches, slowest_ms)
    SELECT (part->>0)::int, (part->>1)::timestamptz, part->>2, part->>3, (part->>4)::boolean,
      ARRAY(SELECT jsonb_array_elements_text(part->5)::smallint),
      ARRAY(SELECT jsonb_array_elements_text(part->6)::int), (part->>7)::float8
    FROM accepted, jsonb_array_elements($3::jsonb) AS part
    ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (slot_seconds, slot, table_name, column_type, shadow) DO UPDATE SET
      (buckets, searches) = (
        SELECT array_agg(bucket ORDER BY bucket), array_agg(searches ORDER BY bucket)
        FROM (
          SELECT bucket, sum(searches)::int AS searches
          FROM (
            SELECT unnest(stored.buckets), unnest(stored.searches)
            UNION ALL SELECT unnest(EXCLUDED.buckets), unnest(EXCLUDED.searches)
          ) AS both_of_them (bucket, searches)
          GROUP BY bucket
        ) AS added
      ),
      slowest_ms = greatest(stored.slowest_ms, EXCLUDED.slowest_ms)
  )
  INSERT INTO vector_metrics.shadow_reads AS stored
    (slot, table_name, answered, searches, overlap_sum, largest_difference, failed, skipped, last_at)
  SELECT (part->>0)::timestamptz, part->>1, part->>2, (part->>3)::bigint, (part->>4)::float8, (part->>5)::float8,
    (part->>6)::bigint, (part->>7)::bigint, (part->>8)::timestamptz
  FROM accepted, jsonb_array_elements($4::jsonb) AS part
  ORDER BY 1, 2, 3
  ON CONFLICT (slot, table_name, answered) DO UPDATE SET
    searches = stored.searches + EXCLUDED.searches,
    overlap_sum = stored.overlap_sum + EXCLUDED.overlap_sum,
    largest_difference = greatest(stored.largest_difference, EXCLUDED.largest_difference),
    failed = stored.failed + EXCLUDED.failed,
    skipped = stored.skipped + EXCLUDED.skipped,
    last_at = greatest(stored.last_at, EXCLUDED.last_at)`;

const DELETE_OLD = [
  `DELETE FROM vector_metrics.search_latencies
   WHERE slot_seconds = ${MINUTE_SECONDS} AND slot < now() - interval '2 hours'`,
  `DELETE FROM vector_metrics.search_latencies
   WHERE slot_seconds = ${QUARTER_SECONDS} AND slot < now() - interval '30 days'`,
  "DELETE FROM vector_metrics.shadow_reads WHERE slot < now() - interval '30 days'",
  "DELETE FROM vector_metrics.recorders WHERE stored_at < now() - interval '30 days'",
];
