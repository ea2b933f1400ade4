import type { EmbeddingTable } from "../../../embedding-tables.ts";
import type { Queryable } from "../queryable.ts";
import { hasBookkeeping } from "../settings.ts";

/** The recall of a vector index that is gone. */
export interface EarlierRecall {
  /** Mean recall@k, 0 to 1; null where it was never measured. */
  recallVector: number | null;
  /** When, in ISO 8601. */
  recallVectorOf: string | null;
}

/**
 * The recall of the vector index when it stood last: what the halfvec index is compared with after the swap. Contract keeps it where
 * the dashboard finds it.
 */
export async function earlierRecall(client: Queryable, table: EmbeddingTable): Promise<EarlierRecall> {
  const kept = await hasBookkeeping(client);
  const { rows } = await client.query<{ recall: number; measured_at: string }>(
    kept
      ? `SELECT (figures ->> 'recallVector')::float8 AS recall, to_jsonb(verified_at) #>> '{}' AS measured_at
         FROM halfvec_migration.verifications
         WHERE table_name = $1 AND figures ->> 'recallVector' IS NOT NULL AND figures ->> 'recallVectorOf' IS NULL
         ORDER BY id DESC LIMIT 1`
      : `SELECT (figures ->> 'recallVector')::float8 AS recall,
           coalesce(figures ->> 'recallVectorOf', to_jsonb(verified_at) #>> '{}') AS measured_at
         FROM vector_metrics.past_verifications WHERE table_name = $1 AND figures ->> 'recallVector' IS NOT NULL`,
    [table.name],
  );
  const found = rows[0];
  if (!found) return { recallVector: null, recallVectorOf: null };
  return { recallVector: found.recall, recallVectorOf: new Date(found.measured_at).toISOString() };
}
