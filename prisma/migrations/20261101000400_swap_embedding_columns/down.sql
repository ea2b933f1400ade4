-- The exact mirror of swap_embedding_columns: the vector column becomes `embedding` again, the halfvec column its twin.
--
-- Search must not be without an index, so it refuses unless a valid HNSW index stands on the backup of every table that
-- has rows. Fill the backup of the rows that were written since the swap and build the indexes first, one
-- statement at a time:
--
--   UPDATE page_embeddings SET embedding_vector_backup = embedding::vector(1536)
--     WHERE embedding IS NOT NULL AND embedding_vector_backup IS NULL;
--   CREATE INDEX CONCURRENTLY page_embeddings_embedding_idx ON page_embeddings
--     USING hnsw (embedding_vector_backup vector_cosine_ops) WITH (m = 16, ef_construction = 64);
--
-- and the same for block_embeddings (block_embeddings_embedding_idx), database_row_embeddings
-- (database_row_embeddings_embedding_idx) and documents (documents_embedding_hnsw_idx).
-- Rows written in the meantime are filled under the lock.
-- Locks: ACCESS EXCLUSIVE on the four tables for the renames and those few rows.

DO $migration$
DECLARE
  embedding_tables constant text[] := ARRAY['page_embeddings', 'block_embeddings', 'database_row_embeddings', 'documents'];
  vector_indexes constant text[] := ARRAY['page_embeddings_embedding_idx', 'block_embeddings_embedding_idx',
                                          'database_row_embeddings_embedding_idx', 'documents_embedding_hnsw_idx'];
  embedding_table text;
  vector_index text;
  has_rows boolean;
  indexed boolean;
BEGIN
  FOR position IN 1..cardinality(embedding_tables) LOOP
    embedding_table := embedding_tables[position];
    vector_index := vector_indexes[position];
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE embedding IS NOT NULL)', embedding_table) INTO has_rows;
    SELECT EXISTS (SELECT FROM pg_index i
                   JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                   JOIN pg_opclass o ON o.oid = i.indclass[0]
                   JOIN pg_am m ON m.oid = o.opcmethod
                   WHERE i.indexrelid = to_regclass(vector_index) AND i.indisvalid AND i.indpred IS NULL
                     AND a.attname = 'embedding_vector_backup' AND m.amname = 'hnsw'
                     AND o.opcname = 'vector_cosine_ops') INTO indexed;
    IF has_rows AND NOT indexed THEN
      RAISE EXCEPTION 'not safe to swap back yet: % has no valid index % on embedding_vector_backup. Nothing was changed. The head of this file says how to build it.', embedding_table, vector_index;
    END IF;
  END LOOP;

  PERFORM halfvec_migration.lock_tables(embedding_tables);

  FOR position IN 1..cardinality(embedding_tables) LOOP
    embedding_table := embedding_tables[position];
    EXECUTE format('DROP TRIGGER zz_halfvec_clear_backup ON %I', embedding_table);
    EXECUTE format('UPDATE %I SET embedding_vector_backup = embedding::vector(1536) WHERE embedding IS NOT NULL AND embedding_vector_backup IS NULL', embedding_table);
    EXECUTE format('UPDATE %I SET embedding_vector_backup = NULL WHERE embedding IS NULL AND embedding_vector_backup IS NOT NULL', embedding_table);
    EXECUTE format('ALTER TABLE %I RENAME COLUMN embedding TO embedding_halfvec', embedding_table);
    EXECUTE format('ALTER TABLE %I RENAME COLUMN embedding_vector_backup TO embedding', embedding_table);
    IF to_regclass(vector_indexes[position]) IS NULL THEN
      EXECUTE format('CREATE INDEX %I ON %I USING hnsw (embedding vector_cosine_ops) WITH (m = 16, ef_construction = 64)',
                     vector_indexes[position], embedding_table);
    END IF;
    EXECUTE format($create$
      CREATE TRIGGER zz_halfvec_keep_twin BEFORE INSERT OR UPDATE ON %I
      FOR EACH ROW EXECUTE FUNCTION halfvec_migration.keep_twin('id')$create$, embedding_table);
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER zz_halfvec_keep_twin', embedding_table);
  END LOOP;
  DROP FUNCTION halfvec_migration.clear_backup();
  DELETE FROM halfvec_migration.settings WHERE name = 'swapped_at';
END
$migration$;
