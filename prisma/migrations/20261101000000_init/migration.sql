-- The baseline: an ordinary retrieval app, embeddings in vector(1536), one HNSW index a table.
--
-- Every column that a writer need not know has a default in the database: Prisma is not the only writer.
-- The embedding tables have no foreign keys, so that they can be filled with COPY in any order.
-- Locks: none that matter, all tables are new.

CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE "workspaces" (
  "id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  "name" text NOT NULL,
  "created_at" timestamptz(6) NOT NULL DEFAULT now(),
  "updated_at" timestamptz(6) NOT NULL DEFAULT now()
);

-- An e-mail address is kept in lower case, so that it is the same however it was typed.
CREATE TABLE "users" (
  "id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  "email" text NOT NULL CONSTRAINT "users_email_key" UNIQUE CHECK ("email" = lower("email")),
  "password_hash" text NOT NULL,
  -- NULL: a first password, which somebody else has seen. Its owner chooses one before anything else.
  "password_chosen_at" timestamptz(6),
  -- A session that was opened in an earlier epoch is over.
  "session_epoch" integer NOT NULL DEFAULT 0,
  "created_at" timestamptz(6) NOT NULL DEFAULT now(),
  "updated_at" timestamptz(6) NOT NULL DEFAULT now()
);

CREATE TABLE "memberships" (
  "user_id" uuid NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  "workspace_id" uuid NOT NULL REFERENCES "workspaces" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  "role" text NOT NULL DEFAULT 'member' CHECK ("role" IN ('member', 'admin')),
  "created_at" timestamptz(6) NOT NULL DEFAULT now(),
  PRIMARY KEY ("user_id", "workspace_id")
);
CREATE INDEX "memberships_workspace_id_idx" ON "memberships" ("workspace_id");

CREATE TABLE "api_keys" (
  "id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  "workspace_id" uuid NOT NULL REFERENCES "workspaces" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  "name" text NOT NULL,
  -- SHA-256 of the key, in hexadecimal digits; the key itself is shown once and kept nowhere.
  "key_hash" text NOT NULL CONSTRAINT "api_keys_key_hash_key" UNIQUE,
  -- Its first characters, by which people know it again.
  "key_start" text NOT NULL,
  "created_by" uuid REFERENCES "users" ("id") ON DELETE SET NULL ON UPDATE CASCADE,
  "created_at" timestamptz(6) NOT NULL DEFAULT now(),
  "last_used_at" timestamptz(6)
);
CREATE INDEX "api_keys_workspace_id_idx" ON "api_keys" ("workspace_id");

-- Counts attempts to sign in; `expire` is in milliseconds since 1970. The columns are those of rate-limiter-flexible.
CREATE TABLE "rate_limits" (
  "key" text PRIMARY KEY,
  "points" integer NOT NULL DEFAULT 0,
  "expire" bigint
);

CREATE TABLE "pages" (
  "id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  "workspace_id" uuid NOT NULL REFERENCES "workspaces" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  "parent_id" uuid REFERENCES "pages" ("id") ON DELETE SET NULL ON UPDATE CASCADE,
  "title" text NOT NULL,
  "content" jsonb NOT NULL DEFAULT '{}',
  "created_at" timestamptz(6) NOT NULL DEFAULT now(),
  "updated_at" timestamptz(6) NOT NULL DEFAULT now()
);
CREATE INDEX "pages_workspace_id_idx" ON "pages" ("workspace_id");
CREATE INDEX "pages_parent_id_idx" ON "pages" ("parent_id");

CREATE TABLE "blocks" (
  "id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  "page_id" uuid NOT NULL REFERENCES "pages" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  "type" text NOT NULL,
  "content" jsonb NOT NULL DEFAULT '{}',
  "position" integer NOT NULL DEFAULT 0,
  "created_at" timestamptz(6) NOT NULL DEFAULT now(),
  "updated_at" timestamptz(6) NOT NULL DEFAULT now()
);
CREATE INDEX "blocks_page_id_position_idx" ON "blocks" ("page_id", "position");

CREATE TABLE "databases" (
  "id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  "workspace_id" uuid NOT NULL REFERENCES "workspaces" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  "name" text NOT NULL,
  "created_at" timestamptz(6) NOT NULL DEFAULT now(),
  "updated_at" timestamptz(6) NOT NULL DEFAULT now()
);
CREATE INDEX "databases_workspace_id_idx" ON "databases" ("workspace_id");

CREATE TABLE "database_rows" (
  "id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  "database_id" uuid NOT NULL REFERENCES "databases" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  "properties" jsonb NOT NULL DEFAULT '{}',
  "imported_hash" text,
  "created_at" timestamptz(6) NOT NULL DEFAULT now(),
  "updated_at" timestamptz(6) NOT NULL DEFAULT now()
);
CREATE INDEX "database_rows_database_id_idx" ON "database_rows" ("database_id");

CREATE TABLE "page_links" (
  "source_page_id" uuid NOT NULL REFERENCES "pages" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  "target_page_id" uuid NOT NULL REFERENCES "pages" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  "created_at" timestamptz(6) NOT NULL DEFAULT now(),
  PRIMARY KEY ("source_page_id", "target_page_id")
);
CREATE INDEX "page_links_target_page_id_idx" ON "page_links" ("target_page_id");

CREATE TABLE "page_embeddings" (
  "id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  "page_id" uuid NOT NULL,
  "workspace_id" uuid NOT NULL,
  "chunk_index" integer NOT NULL DEFAULT 0,
  "chunk_text" text NOT NULL DEFAULT '',
  "embedding" vector(1536),
  "metadata" jsonb NOT NULL DEFAULT '{}',
  "created_at" timestamptz(6) NOT NULL DEFAULT now(),
  "updated_at" timestamptz(6) NOT NULL DEFAULT now()
);
CREATE INDEX "page_embeddings_page_id_chunk_index_idx" ON "page_embeddings" ("page_id", "chunk_index");
CREATE INDEX "page_embeddings_workspace_id_idx" ON "page_embeddings" ("workspace_id");
CREATE INDEX "page_embeddings_embedding_idx" ON "page_embeddings"
  USING hnsw ("embedding" vector_cosine_ops) WITH (m = 16, ef_construction = 64);

CREATE TABLE "block_embeddings" (
  "id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  "block_id" uuid NOT NULL,
  "page_id" uuid NOT NULL,
  "workspace_id" uuid NOT NULL,
  "chunk_index" integer NOT NULL DEFAULT 0,
  "chunk_text" text NOT NULL DEFAULT '',
  "embedding" vector(1536),
  "metadata" jsonb NOT NULL DEFAULT '{}',
  "created_at" timestamptz(6) NOT NULL DEFAULT now(),
  "updated_at" timestamptz(6) NOT NULL DEFAULT now()
);
CREATE INDEX "block_embeddings_block_id_chunk_index_idx" ON "block_embeddings" ("block_id", "chunk_index");
CREATE INDEX "block_embeddings_page_id_idx" ON "block_embeddings" ("page_id");
CREATE INDEX "block_embeddings_workspace_id_idx" ON "block_embeddings" ("workspace_id");
CREATE INDEX "block_embeddings_embedding_idx" ON "block_embeddings"
  USING hnsw ("embedding" vector_cosine_ops) WITH (m = 16, ef_construction = 64);

CREATE TABLE "database_row_embeddings" (
  "id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  "row_id" uuid NOT NULL,
  "database_id" uuid NOT NULL,
  "workspace_id" uuid NOT NULL,
  "chunk_index" integer NOT NULL DEFAULT 0,
  "chunk_text" text NOT NULL DEFAULT '',
  "embedding" vector(1536),
  "metadata" jsonb NOT NULL DEFAULT '{}',
  "created_at" timestamptz(6) NOT NULL DEFAULT now(),
  "updated_at" timestamptz(6) NOT NULL DEFAULT now()
);
CREATE INDEX "database_row_embeddings_row_id_chunk_index_idx" ON "database_row_embeddings" ("row_id", "chunk_index");
CREATE INDEX "database_row_embeddings_database_id_idx" ON "database_row_embeddings" ("database_id");
CREATE INDEX "database_row_embeddings_workspace_id_idx" ON "database_row_embeddings" ("workspace_id");
CREATE INDEX "database_row_embeddings_embedding_idx" ON "database_row_embeddings"
  USING hnsw ("embedding" vector_cosine_ops) WITH (m = 16, ef_construction = 64);

CREATE TABLE "documents" (
  "id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  "workspace_id" uuid NOT NULL,
  "title" text NOT NULL DEFAULT '',
  "content" text NOT NULL DEFAULT '',
  "source_uri" text,
  "embedding" vector(1536),
  "metadata" jsonb NOT NULL DEFAULT '{}',
  "created_at" timestamptz(6) NOT NULL DEFAULT now(),
  "updated_at" timestamptz(6) NOT NULL DEFAULT now()
);
CREATE INDEX "documents_workspace_id_idx" ON "documents" ("workspace_id");
CREATE INDEX "documents_embedding_hnsw_idx" ON "documents"
  USING hnsw ("embedding" vector_cosine_ops) WITH (m = 16, ef_construction = 64);

-- Figures about the app's own searches, and what admins did. A schema of its own, so that it is no part of the app's
-- models and survives the bookkeeping of the migration, which goes with contract.
CREATE SCHEMA "vector_metrics";

-- How long searches took: a histogram for each slot of time and kind of search. Several processes add to the same rows.
CREATE TABLE "vector_metrics"."search_latencies" (
  -- Length of the slot: minutes are kept for two hours, quarters of an hour for 30 days.
  "slot_seconds" integer NOT NULL,
  "slot" timestamptz NOT NULL,
  "table_name" text NOT NULL,
  "column_type" text NOT NULL,
  "shadow" boolean NOT NULL,
  -- The buckets that are not empty, in order, and how many searches fell into each. Arrays take a tenth of the space
  -- that a row for each bucket would.
  "buckets" smallint[] NOT NULL,
  "searches" integer[] NOT NULL,
  "slowest_ms" double precision NOT NULL,
  PRIMARY KEY ("slot_seconds", "slot", "table_name", "column_type", "shadow")
) WITH (fillfactor = 60);
-- Finds when vector was searched last, and how fast it was. No column of it is ever updated, so that updates stay HOT.
CREATE INDEX "search_latencies_vector_idx" ON "vector_metrics"."search_latencies" ("table_name", "slot")
  WHERE "slot_seconds" = 900 AND "column_type" = 'vector' AND NOT "shadow";

-- Searches that ran on the other column too, off the request's path, by quarters of an hour that are kept for 30 days.
CREATE TABLE "vector_metrics"."shadow_reads" (
  "slot" timestamptz NOT NULL,
  "table_name" text NOT NULL,
  "answered" text NOT NULL,
  "searches" bigint NOT NULL,
  "overlap_sum" double precision NOT NULL,
  "largest_difference" double precision NOT NULL,
  "failed" bigint NOT NULL,
  "skipped" bigint NOT NULL,
  "last_at" timestamptz NOT NULL,
  PRIMARY KEY ("slot", "table_name", "answered")
) WITH (fillfactor = 60);

-- The last batch of figures of each app process that is in the tables above: one whose answer was lost is sent again,
-- and counted once.
CREATE TABLE "vector_metrics"."recorders" (
  "id" uuid PRIMARY KEY,
  "batch" bigint NOT NULL,
  "stored_at" timestamptz NOT NULL
);

-- Queries that both columns are compared on, the same ones each time.
CREATE TABLE "vector_metrics"."test_queries" (
  "id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "table_name" text NOT NULL,
  -- Primary key of the row that it was taken from: left out of its own answer.
  "key" text,
  "embedding" real[] NOT NULL,
  "created_at" timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX "test_queries_table_name_idx" ON "vector_metrics"."test_queries" ("table_name");

CREATE TABLE "vector_metrics"."accuracy_comparisons" (
  "id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "compared_at" timestamptz NOT NULL DEFAULT now(),
  "figures" jsonb NOT NULL
);

CREATE TABLE "vector_metrics"."admin_actions" (
  "id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "at" timestamptz NOT NULL DEFAULT now(),
  "by" text NOT NULL,
  "action" text NOT NULL,
  "detail" text NOT NULL
);

-- What the tables took before the migration and at each of its turns: contract puts it here before the bookkeeping goes.
CREATE TABLE "vector_metrics"."past_storage" (
  "table_name" text NOT NULL,
  "moment" text NOT NULL,
  "measured_at" timestamptz NOT NULL,
  "row_estimate" bigint NOT NULL,
  "heap_bytes" bigint NOT NULL,
  "toast_bytes" bigint NOT NULL,
  "vector_index_bytes" bigint NOT NULL,
  "halfvec_index_bytes" bigint NOT NULL,
  "other_index_bytes" bigint NOT NULL,
  PRIMARY KEY ("table_name", "moment")
);

-- What the last verify of each table measured: contract puts it here, likewise.
CREATE TABLE "vector_metrics"."past_verifications" (
  "table_name" text PRIMARY KEY,
  "verified_at" timestamptz NOT NULL,
  "figures" jsonb NOT NULL
);
