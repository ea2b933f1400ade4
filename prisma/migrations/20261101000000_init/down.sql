-- The exact mirror of init: leaves the database as it was, the extension included if nothing else uses it.

DROP TABLE "vector_metrics"."past_verifications", "vector_metrics"."past_storage", "vector_metrics"."admin_actions", "vector_metrics"."accuracy_comparisons", "vector_metrics"."test_queries",
  "vector_metrics"."recorders", "vector_metrics"."shadow_reads", "vector_metrics"."search_latencies";
DROP SCHEMA "vector_metrics";
DROP TABLE "documents", "database_row_embeddings", "block_embeddings", "page_embeddings",
  "page_links", "database_rows", "databases", "blocks", "pages",
  "rate_limits", "api_keys", "memberships", "users", "workspaces";
DROP EXTENSION vector;
