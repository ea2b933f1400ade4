-- The exact mirror of build_documents_halfvec_index. Alone in its file, as the CREATE is.

DROP INDEX CONCURRENTLY IF EXISTS "documents_halfvec_hnsw_idx";
