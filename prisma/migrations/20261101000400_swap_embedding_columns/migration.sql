-- Swap: the twin becomes `embedding`, the vector column becomes `embedding_vector_backup`, the old HNSW index
-- goes (its definition is kept for the way back), and the trigger that kept the twin gives way to one that clears
-- the backup of a row whose embedding changes. All tables at once or none: one DO block.
--
-- It refuses, and changes nothing, unless every table is ready: no row unconverted or set aside, a valid index on
-- the twin, the trigger in force, nothing that would follow the old column (a view, a policy and so on), and, where
-- there are rows, a verification that passed.
-- Locks: the guards read under ACCESS SHARE. Then ACCESS EXCLUSIVE on the four tables for the renames alone
-- (milliseconds), asked for with a time-out and given up and asked for again (see add_halfvec_columns).

DO $migration$
DECLARE
  embedding_tables constant text[] := ARRAY['page_embeddings', 'block_embeddings', 'database_row_embeddings', 'documents'];
  embedding_table text;
  vector_index regclass;
  total bigint;
  unconverted bigint;
  dependents text;
  findings text[] := '{}';
BEGIN
  FOREACH embedding_table IN ARRAY embedding_tables LOOP
    EXECUTE format(
      'SELECT count(embedding), count(*) FILTER (WHERE embedding IS NOT NULL AND embedding_halfvec IS NULL) FROM %I',
      embedding_table) INTO total, unconverted;
    IF unconverted > 0 THEN
      findings := findings || format('%s rows of %s have no halfvec value (not converted, or set aside because halfvec cannot hold them)', unconverted, embedding_table);
    END IF;
    IF NOT EXISTS (
      SELECT FROM pg_index i
      JOIN pg_opclass o ON o.oid = i.indclass[0]
      JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
      WHERE i.indrelid = embedding_table::regclass AND i.indisvalid AND i.indpred IS NULL
        AND a.attname = 'embedding_halfvec' AND o.opcname = 'halfvec_cosine_ops') THEN
      findings := findings || format('%s has no valid HNSW index on embedding_halfvec', embedding_table);
    END IF;
    -- ALWAYS: a trigger that was disabled for a while and enabled again by hand is not, and missed what was written.
    IF NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = embedding_table::regclass
                   AND t.tgname = 'zz_halfvec_keep_twin' AND t.tgenabled = 'A') THEN
      findings := findings || format('the trigger zz_halfvec_keep_twin of %s is missing, disabled or not ENABLE ALWAYS', embedding_table);
    END IF;
    dependents := halfvec_migration.dependents(embedding_table::regclass, 'embedding', and_indexes => false);
    IF dependents IS NOT NULL THEN
      findings := findings || format('%s would follow %s.embedding to the backup', dependents, embedding_table);
    END IF;
    IF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = embedding_table::regclass
               AND a.attname = 'embedding' AND a.attnotnull) THEN
      findings := findings || format('%s.embedding is NOT NULL, and new rows leave the backup empty', embedding_table);
    END IF;
    IF total > 0 AND NOT coalesce((SELECT v.ok AND v.fingerprint = halfvec_migration.fingerprint(embedding_table::regclass)
                                   FROM halfvec_migration.verifications v
                                   WHERE v.table_name = embedding_table ORDER BY v.id DESC LIMIT 1), false) THEN
      findings := findings || format('%s is not verified, or its trigger or index is another since', embedding_table);
    END IF;
  END LOOP;
  IF findings <> '{}' THEN
    RAISE EXCEPTION 'not safe to swap yet: %. Nothing was changed. Run: npm run migrate:halfvec (it does what is missing, and goes on from here)',
      array_to_string(findings, '; ');
  END IF;

  PERFORM halfvec_migration.lock_tables(embedding_tables);

  -- A row that was written between the count above and the lock passed the trigger: where its value did not fit,
  -- it stands here.
  FOREACH embedding_table IN ARRAY embedding_tables LOOP
    EXECUTE format($query$
      SELECT count(*) FROM halfvec_migration.set_aside s JOIN %I t ON t.id = (s.key ->> 'id')::uuid
      WHERE s.table_name = %L AND t.embedding IS NOT NULL AND t.embedding_halfvec IS NULL$query$,
      embedding_table, embedding_table) INTO unconverted;
    IF unconverted > 0 THEN
      RAISE EXCEPTION 'not safe to swap yet: % rows of % hold a value that halfvec cannot hold. Nothing was changed. Run: npm run migrate:halfvec -- status (it names the rows)',
        unconverted, embedding_table;
    END IF;
  END LOOP;

  FOREACH embedding_table IN ARRAY embedding_tables LOOP
    -- No IF EXISTS: where it was taken away after the guards looked, rows may have been written without it.
    EXECUTE format('DROP TRIGGER zz_halfvec_keep_twin ON %I', embedding_table);
    EXECUTE format('ALTER TABLE %I RENAME COLUMN embedding TO embedding_vector_backup', embedding_table);
    EXECUTE format('ALTER TABLE %I RENAME COLUMN embedding_halfvec TO embedding', embedding_table);
    -- By what it indexes, not by its name: every write would go on paying for one that stays.
    FOR vector_index IN
      SELECT i.indexrelid FROM pg_index i
      JOIN pg_class c ON c.oid = i.indexrelid
      JOIN pg_am m ON m.oid = c.relam
      JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
      WHERE i.indrelid = embedding_table::regclass AND a.attname = 'embedding_vector_backup' AND m.amname IN ('hnsw', 'ivfflat')
    LOOP
      -- An invalid one serves nobody: the way back need not build it again.
      INSERT INTO halfvec_migration.dropped_indexes (table_name, index_name, statement)
      SELECT embedding_table, c.relname, regexp_replace(pg_get_indexdef(c.oid), '^CREATE INDEX', 'CREATE INDEX CONCURRENTLY')
      FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
      WHERE c.oid = vector_index AND i.indisvalid
      ON CONFLICT (table_name, index_name) DO UPDATE SET statement = EXCLUDED.statement;
      EXECUTE format('DROP INDEX %s', vector_index);
    END LOOP;
    PERFORM halfvec_migration.create_trigger(embedding_table, 'clear_backup');
  END LOOP;

  INSERT INTO halfvec_migration.settings (name, value) VALUES ('swapped_at', to_jsonb(clock_timestamp()))
  ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value, updated_at = now(), updated_by = current_user;
END
$migration$;
