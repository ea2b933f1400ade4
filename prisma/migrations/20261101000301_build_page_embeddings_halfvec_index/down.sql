-- The exact mirror of build_page_embeddings_halfvec_index. Alone in its file, as the CREATE is.
-- Locks: SHARE UPDATE EXCLUSIVE (reads and writes go on).

DROP INDEX CONCURRENTLY IF EXISTS "page_embeddings_halfvec_hnsw_idx";
