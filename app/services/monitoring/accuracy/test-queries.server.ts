import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { type SampledQuery, sampleQueries } from "../../halfvec/verify/sample.ts";
import type { OriginalColumn } from "../../rag/similarity-sql/embedding-column.ts";

/** Queries of one table: enough that a mean of recalls is steady to about a percent. */
const QUERIES = 50;

/**
 * The stored test queries of a table: the same ones each time, so that comparisons can be compared. On first use they
 * are drawn between its rows and stored; a table that has none yet is drawn from again the next time.
 */
export async function readTestQueries(
  client: ClientBase,
  table: EmbeddingTable,
  original: OriginalColumn,
): Promise<SampledQuery[]> {
  const stored = await client.query<{ key: string | null; embedding: number[] }>(
    "SELECT key, embedding FROM vector_metrics.test_queries WHERE table_name = $1 ORDER BY id",
    [table.name],
  );
  const usable = stored.rows.filter(({ embedding }) => embedding.length === table.dimensions);
  if (usable.length > 0) return usable.map(({ key, embedding }) => ({ key: key ?? "", vector: embedding }));
  const drawn = await sampleQueries(client, table, { original, halfvec: original }, QUERIES);
  for (const { key, vector } of drawn) {
    await client.query(
      "INSERT INTO vector_metrics.test_queries (table_name, key, embedding) VALUES ($1, $2, $3)",
      [table.name, key, vector],
    );
  }
  return drawn;
}
