import type { EmbeddingTable } from "../../../embedding-tables.ts";
import type { Queryable } from "../queryable.ts";
import { hasBookkeeping } from "../settings.ts";

/** The recall of a vector index that is gone. */
export interface EarlierRecall {
  /** Mean recall@k, 0 to 1; null where it was never measured. */
  recallVector: number | null;
  /** Of the statement of a search, in milliseconds; null where it was not measured. */
  p95Vector: number | null;
  /** When, in ISO 8601. */
  recallVectorOf: string | null;
}

/**
 * The recall of the vector index when it stood last: what the halfvec index is compared with after the swap. Contract keeps it where
 * the dashboard finds it.
 */
export async function earlierRecall(client: Queryable, table: EmbeddingTable): Promise<EarlierRecall> {
  const kept = await hasBookkeeping(client);
  const { rows } = await client.query<{ recall: number; p95: number | null; measured_at: string }>(
    kept
      ? `SELECT (figures ->> 'recallVector')::float8 AS recall,
           (figures ->> 'p95Vector')::float8 AS p95, to_jsonb(verified_at) #>> '{}' AS measured_at
         FROM halfvec_migration.verifications
         WHERE table_name = $1 AND figures ->> 'recallVector' IS NOT NULL AND figures ->> 'recallVectorOf' IS NULL
         ORDER BY id DESC LIMIT 1`
      : `SELECT (figures ->> 'recallVector')::float8 AS recall,
           (figures ->> 'p95Vector')::float8 AS p95, coalesce(figures ->> 'recallVectorOf', to_jsonb(verified_at) #>> '{}') AS measured_at
         FROM vector_metrics.past_verifications WHERE table_name = $1 AND figures ->> 'recallVector' IS NOT NULL`,
    [table.name],
  );
  const found = rows[0];
  if (!found) return { recallVector: null, p95Vector: null, recallVectorOf: null };
  return {
    recallVector: found.recall,
    p95Vector: found.p95,
    recallVectorOf: new Date(found.measured_at).toISOString(),
  };
}
