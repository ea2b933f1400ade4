-- Guard: refuses while rows are unconverted. The indexes that follow must not come first: once the twin is
-- indexed, no update of it can be HOT, and filling it would insert every row into the old index again.
-- Rows that halfvec cannot hold are set aside and do not stop the indexes; they stop the swap.
--
-- One DO block that only reads. Locks: ACCESS SHARE, as any SELECT.

DO $migration$
DECLARE
  embedding_tables constant text[] := ARRAY['page_embeddings', 'block_embeddings', 'database_row_embeddings', 'documents'];
  embedding_table text;
  unconverted bigint;
  findings text[] := '{}';
BEGIN
  FOREACH embedding_table IN ARRAY embedding_tables LOOP
    EXECUTE format($query$
      SELECT count(*) FROM %I t
      WHERE t.embedding IS NOT NULL AND t.embedding_halfvec IS NULL
        AND NOT EXISTS (SELECT FROM halfvec_migration.set_aside s
                        WHERE s.table_name = %L AND s.key = jsonb_build_object('id', t.id))$query$,
      embedding_table, embedding_table) INTO unconverted;
    IF unconverted > 0 THEN
      findings := findings || format('%s of %s', unconverted, embedding_table);
    END IF;
  END LOOP;
  IF findings <> '{}' THEN
    RAISE EXCEPTION 'rows are not converted to halfvec yet: %. Nothing was changed. Run: npm run migrate:halfvec (it converts them while the app serves, and goes on from here)',
      array_to_string(findings, ', ');
  END IF;
END
$migration$;
