-- Contract: the original vectors go, and with them the trigger that watched over them and the bookkeeping. After it
-- there is no way back to vector. `npm run migrate:halfvec -- contract` puts this file among the migrations, under
-- the time at which it is applied, so that a new database follows the same history.
--
-- It refuses, and changes nothing, unless every table is swapped, nothing refers to a backup, and each table that holds
-- originals was swapped 30 days ago (halfvec_migration.contract_after_days changes that) and verified since.
-- One DO block. Locks: the guards read under ACCESS SHARE. Then ACCESS EXCLUSIVE on the four tables and the bookkeeping
-- for the catalog change alone (milliseconds; dropping a column returns no space), asked for with a time-out and given
-- up and asked for again.

DO $migration$
DECLARE
  embedding_tables constant text[] := ARRAY['page_embeddings', 'block_embeddings', 'database_row_embeddings', 'documents'];
  days constant integer := coalesce(nullif(current_setting('halfvec_migration.contract_after_days', true), ''), '30');
  embedding_table text;
  swapped_at timestamptz;
  has_originals boolean;
  dependents text;
  findings text[] := '{}';
BEGIN
  IF to_regclass('halfvec_migration.settings') IS NULL THEN
    RAISE EXCEPTION 'not safe to contract: this database is not swapped. Nothing was changed. Run: npm run migrate:halfvec';
  END IF;
  SELECT (value #>> '{}')::timestamptz INTO swapped_at FROM halfvec_migration.settings WHERE name = 'swapped_at';

  FOREACH embedding_table IN ARRAY embedding_tables LOOP
    IF NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = embedding_table::regclass
                   AND t.tgname = 'zz_halfvec_clear_backup') THEN
      findings := findings || format('%s is not swapped, or a rollback has begun', embedding_table);
      CONTINUE;
    END IF;
    -- It would go with the column, or forbid to drop it.
    dependents := halfvec_migration.dependents(embedding_table::regclass, 'embedding_vector_backup', and_indexes => true);
    IF dependents IS NOT NULL THEN
      findings := findings || format('%s refers to %s.embedding_vector_backup', dependents, embedding_table);
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE embedding_vector_backup IS NOT NULL)', embedding_table)
      INTO has_originals;
    CONTINUE WHEN NOT has_originals;
    IF days > 0 AND (swapped_at IS NULL OR swapped_at + make_interval(days => days) > now()) THEN
      findings := findings || format('%s was swapped less than %s days ago', embedding_table, days);
    END IF;
    IF NOT coalesce((SELECT v.ok AND coalesce(v.verified_at > swapped_at, true)
                            AND v.fingerprint = halfvec_migration.fingerprint(embedding_table::regclass)
                     FROM halfvec_migration.verifications v
                     WHERE v.table_name = embedding_table ORDER BY v.id DESC LIMIT 1), false) THEN
      findings := findings || format('%s was not verified since the swap, or is red', embedding_table);
    END IF;
  END LOOP;
  IF findings <> '{}' THEN
    RAISE EXCEPTION 'not safe to contract yet: %. Nothing was changed. Run: npm run migrate:halfvec -- contract',
      array_to_string(findings, '; ');
  END IF;

  PERFORM halfvec_migration.lock_tables(embedding_tables, and_bookkeeping => true);

  FOREACH embedding_table IN ARRAY embedding_tables LOOP
    -- No IF EXISTS: a rollback that began after the guards looked has taken it away, and needs the originals.
    EXECUTE format('DROP TRIGGER zz_halfvec_clear_backup ON %I', embedding_table);
    EXECUTE format('ALTER TABLE %I DROP COLUMN embedding_vector_backup', embedding_table);
  END LOOP;

  -- What was saved, and how good search was, is shown by the dashboard for good. Where that cannot be kept, the work goes on without it.
  BEGIN
    INSERT INTO vector_metrics.past_storage
      (table_name, moment, measured_at, row_estimate, heap_bytes, toast_bytes, vector_index_bytes, halfvec_index_bytes, other_index_bytes)
    SELECT table_name, moment, measured_at, row_estimate, heap_bytes, toast_bytes, vector_index_bytes, halfvec_index_bytes, other_index_bytes
    FROM halfvec_migration.storage
    ON CONFLICT (table_name, moment) DO UPDATE SET
      (measured_at, row_estimate, heap_bytes, toast_bytes, vector_index_bytes, halfvec_index_bytes, other_index_bytes)
      = (EXCLUDED.measured_at, EXCLUDED.row_estimate, EXCLUDED.heap_bytes, EXCLUDED.toast_bytes,
         EXCLUDED.vector_index_bytes, EXCLUDED.halfvec_index_bytes, EXCLUDED.other_index_bytes);
    INSERT INTO vector_metrics.past_verifications (table_name, verified_at, figures)
    SELECT DISTINCT ON (table_name) table_name, verified_at, figures
    FROM halfvec_migration.verifications ORDER BY table_name, id DESC
    ON CONFLICT (table_name) DO UPDATE SET (verified_at, figures) = (EXCLUDED.verified_at, EXCLUDED.figures);
  EXCEPTION WHEN undefined_table OR invalid_schema_name OR insufficient_privilege THEN
    RAISE WARNING 'what was measured is not kept for the dashboard: %', SQLERRM;
  END;
  DROP SCHEMA halfvec_migration CASCADE;
END
$migration$;
