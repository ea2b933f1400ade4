-- The exact mirror of init: leaves the database as it was, the extension included if nothing else uses it.

DROP TABLE "documents", "database_row_embeddings", "block_embeddings", "page_embeddings",
  "page_links", "database_rows", "databases", "blocks", "pages",
  "rate_limits", "api_keys", "memberships", "users", "workspaces";
DROP EXTENSION vector;
