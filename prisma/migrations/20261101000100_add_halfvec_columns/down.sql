-- The exact mirror of add_halfvec_columns: triggers, twin columns and bookkeeping go, nothing else changes.
-- The twins hold nothing that the vector columns do not, so nothing is lost.
-- One DO block. Locks: ACCESS EXCLUSIVE on the four tables and the bookkeeping for the catalog change alone
-- (milliseconds), asked for with a time-out and given up and asked for again.

DO $migration$
DECLARE
  embedding_tables constant text[] := ARRAY['page_embeddings', 'block_embeddings', 'database_row_embeddings', 'documents'];
  embedding_table text;
BEGIN
  FOREACH embedding_table IN ARRAY embedding_tables LOOP
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = embedding_table::regclass
               AND attname = 'embedding_vector_backup' AND NOT attisdropped) THEN
      RAISE EXCEPTION '% is swapped: its twin is the column the app reads. First run the down.sql of swap_embedding_columns. Nothing was changed.', embedding_table;
    END IF;
  END LOOP;

  PERFORM halfvec_migration.lock_tables(embedding_tables, and_bookkeeping => true);

  FOREACH embedding_table IN ARRAY embedding_tables LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS zz_halfvec_keep_twin ON %I', embedding_table);
    EXECUTE format('ALTER TABLE %I DROP COLUMN IF EXISTS embedding_halfvec', embedding_table);
  END LOOP;
  DROP SCHEMA halfvec_migration CASCADE;
END
$migration$;
