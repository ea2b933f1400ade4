-- The exact mirror of build_database_row_embeddings_halfvec_index. Alone in its file, as the CREATE is.
-- Locks: SHARE UPDATE EXCLUSIVE (reads and writes go on).

DROP INDEX CONCURRENTLY IF EXISTS "database_row_embeddings_halfvec_hnsw_idx";
