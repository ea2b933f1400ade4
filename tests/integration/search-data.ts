import type pg from "pg";

export const WORKSPACES = 200;
export const ROWS_PER_WORKSPACE = 6;
export const ROWS = WORKSPACES * ROWS_PER_WORKSPACE;

/** The workspace of row `row`; `WORKSPACES` is the one with odd rows. */
export function workspaceId(row: number): string {
  const number = row === WORKSPACES ? WORKSPACES : row % WORKSPACES;
  return `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}

/**
 * Fills `page_embeddings` at the baseline with `count` rows in 41 clusters, row i in workspace i modulo
 * `WORKSPACES` with metadata `{"part": i mod 8}`, and one more workspace with a row without an embedding, a row
 * of zeros and a usual one. Always the same rows. The index is built after the rows, which is several times faster.
 *
 * @returns the vectors of the first 200 rows.
 */
export async function fillPageEmbeddings(pool: pg.Pool, count = ROWS): Promise<number[][]> {
  await pool.query("DROP INDEX page_embeddings_embedding_idx");
  await pool.query(
    `INSERT INTO page_embeddings (page_id, workspace_id, chunk_text, embedding, metadata)
     SELECT gen_random_uuid(), ('00000000-0000-4000-8000-' || lpad((i % ${WORKSPACES})::text, 12, '0'))::uuid,
            'chunk ' || i, v::vector, jsonb_build_object('part', i % 8)
     FROM (
       SELECT i, array_agg((hashint8(i * 2000 + d) + 1.5 * hashint8(d * 41 + i % 41 + 9000000)) / 2147483648.0) AS v
       FROM generate_series(0, ${count - 1}) AS i, generate_series(1, 1536) AS d
       GROUP BY i
     ) AS generated
     ORDER BY i`,
  );
  const odd = [null, new Array(1536).fill(0), new Array(1536).fill(1)];
  const names = ["not embedded", "zeros", "not zero"];
  for (const [position, vector] of odd.entries()) {
    await pool.query(
      `INSERT INTO page_embeddings (page_id, workspace_id, chunk_text, embedding)
       VALUES (gen_random_uuid(), $1, $2, $3)`,
      [workspaceId(WORKSPACES), names[position], vector === null ? null : JSON.stringify(vector)],
    );
  }
  await pool.query(
    `CREATE INDEX page_embeddings_embedding_idx ON page_embeddings USING hnsw (embedding vector_cosine_ops)
     WITH (m = 16, ef_construction = 64)`,
  );
  await pool.query("ANALYZE page_embeddings");
  const { rows } = await pool.query<{ vector: number[] }>(
    `SELECT embedding::real[] AS vector FROM page_embeddings WHERE chunk_text LIKE 'chunk %'
     ORDER BY substr(chunk_text, 7)::int LIMIT 200`,
  );
  return rows.map(({ vector }) => vector);
}
