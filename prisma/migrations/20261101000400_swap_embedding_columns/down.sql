-- The exact mirror of swap_embedding_columns: the vector column becomes `embedding` again, the halfvec column its twin.
--
-- Search must not be without an index, and no row without its value: so it refuses unless the backup of every row is
-- filled and kept by a trigger, and the indexes that the swap dropped stand on it again. `npm run migrate:halfvec
-- -- rollback` does all of it. By hand, with psql, one statement at a time:
--
--   SELECT halfvec_migration.prepare_swap_back('{page_embeddings,block_embeddings,database_row_embeddings,documents}');
--   UPDATE page_embeddings SET embedding_vector_backup = NULL WHERE embedding IS NOT NULL AND embedding_vector_backup IS NULL;
--   UPDATE block_embeddings SET embedding_vector_backup = NULL WHERE embedding IS NOT NULL AND embedding_vector_backup IS NULL;
--   UPDATE database_row_embeddings SET embedding_vector_backup = NULL WHERE embedding IS NOT NULL AND embedding_vector_backup IS NULL;
--   UPDATE documents SET embedding_vector_backup = NULL WHERE embedding IS NOT NULL AND embedding_vector_backup IS NULL;
--   SELECT statement FROM halfvec_migration.dropped_indexes \gexec
--
-- The first has every write fill its row (the trigger computes the value, which is why the UPDATEs give NULL); the
-- last one runs what it selects: CREATE INDEX CONCURRENTLY for each index.
-- One DO block. Locks: the guards read under ACCESS SHARE. Then ACCESS EXCLUSIVE on the four tables for the renames
-- alone (milliseconds), asked for with a time-out and given up and asked for again.

DO $migration$
DECLARE
  embedding_tables constant text[] := ARRAY['page_embeddings', 'block_embeddings', 'database_row_embeddings', 'documents'];
  embedding_table text;
  total bigint;
  unequal bigint;
  dependents text;
  dropped record;
  findings text[] := '{}';
BEGIN
  FOREACH embedding_table IN ARRAY embedding_tables LOOP
    IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = embedding_table::regclass
                   AND attname = 'embedding_vector_backup' AND NOT attisdropped) THEN
      RAISE EXCEPTION '% is not swapped: there is nothing to swap back. Nothing was changed.', embedding_table;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = embedding_table::regclass
                   AND t.tgname = 'zz_halfvec_keep_backup' AND t.tgenabled = 'A') THEN
      findings := findings || format('nothing fills the backup of what is written to %s', embedding_table);
    END IF;
    -- Every row: one that was written while a trigger was off has a backup that is not its value.
    EXECUTE format('SELECT count(embedding), count(*) FILTER (WHERE num_nonnulls(embedding, embedding_vector_backup) > 0
                           AND halfvec_migration.to_halfvec(embedding_vector_backup) IS DISTINCT FROM embedding) FROM %I',
                   embedding_table) INTO total, unequal;
    IF unequal > 0 THEN
      findings := findings || format('the backup of %s rows of %s is missing or not their value', unequal, embedding_table);
    END IF;
    IF total > 0 AND NOT EXISTS (
      SELECT FROM pg_index i
      JOIN pg_opclass o ON o.oid = i.indclass[0]
      JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
      WHERE i.indrelid = embedding_table::regclass AND i.indisvalid AND i.indpred IS NULL
        AND a.attname = 'embedding_vector_backup' AND o.opcname = 'vector_cosine_ops') THEN
      findings := findings || format('%s has no valid index for cosine distance on embedding_vector_backup', embedding_table);
    END IF;
    dependents := halfvec_migration.dependents(embedding_table::regclass, 'embedding', and_indexes => false);
    IF dependents IS NOT NULL THEN
      findings := findings || format('%s would follow %s.embedding to the twin', dependents, embedding_table);
    END IF;
    IF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = embedding_table::regclass
               AND a.attname = 'embedding' AND a.attnotnull) THEN
      findings := findings || format('%s.embedding is NOT NULL, and the twin may be empty', embedding_table);
    END IF;
  END LOOP;
  FOR dropped IN SELECT d.table_name, d.index_name FROM halfvec_migration.dropped_indexes d LOOP
    IF NOT EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                   LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] AND i.indkey[0] > 0
                   WHERE i.indrelid = dropped.table_name::regclass AND c.relname = dropped.index_name AND i.indisvalid
                     AND coalesce(a.attname, 'embedding_vector_backup') = 'embedding_vector_backup') THEN
      findings := findings || format('%s has no valid index %s on embedding_vector_backup', dropped.table_name, dropped.index_name);
    END IF;
  END LOOP;
  IF findings <> '{}' THEN
    RAISE EXCEPTION 'not safe to swap back yet: %. Nothing was changed. Run: npm run migrate:halfvec -- rollback (the head of this file says how to do it by hand)',
      array_to_string(findings, '; ');
  END IF;

  PERFORM halfvec_migration.lock_tables(embedding_tables);

  FOREACH embedding_table IN ARRAY embedding_tables LOOP
    -- No IF EXISTS: where it was taken away after the guards looked, rows may have been written without it.
    EXECUTE format('DROP TRIGGER zz_halfvec_keep_backup ON %I', embedding_table);
    EXECUTE format('ALTER TABLE %I RENAME COLUMN embedding TO embedding_halfvec', embedding_table);
    EXECUTE format('ALTER TABLE %I RENAME COLUMN embedding_vector_backup TO embedding', embedding_table);
    PERFORM halfvec_migration.create_trigger(embedding_table, 'keep_twin');
  END LOOP;
  DELETE FROM halfvec_migration.dropped_indexes;
  -- The next swap asks for a new proof: a `prisma migrate deploy` must not swap again what a person took back.
  DELETE FROM halfvec_migration.verifications;
  DELETE FROM halfvec_migration.settings WHERE name = 'swapped_at';
END
$migration$;
