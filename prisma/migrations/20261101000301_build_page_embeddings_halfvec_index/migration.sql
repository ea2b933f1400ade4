-- Builds the HNSW index of the twin while the table is read and written.
-- Alone in its file: CREATE INDEX CONCURRENTLY cannot run inside a transaction, and several statements sent
-- together are one. Locks: SHARE UPDATE EXCLUSIVE (no other DDL, no VACUUM; reads and writes go on).
-- A build that failed leaves an invalid index behind: npm run migrate:halfvec finds and replaces it.

CREATE INDEX CONCURRENTLY IF NOT EXISTS "page_embeddings_halfvec_hnsw_idx" ON "page_embeddings"
  USING hnsw ("embedding_halfvec" halfvec_cosine_ops) WITH (m = 16, ef_construction = 64);
