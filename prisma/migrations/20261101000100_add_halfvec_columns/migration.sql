-- Expand: every embedding table gets a halfvec twin beside its vector column, and a trigger that keeps the
-- two equal from now on, whoever writes. Existing rows are not touched: `npm run migrate:halfvec` fills
-- their twins afterwards.
--
-- One DO block, so that it is one transaction however it is sent: all of it happens or nothing.
-- Locks: ACCESS EXCLUSIVE on the four tables for the catalog change alone (milliseconds; no rewrite, no scan).
-- It is asked for with a lock_timeout and given up and asked for again, so that nobody queues behind it for
-- long. halfvec_migration.lock_timeout (milliseconds) and halfvec_migration.lock_attempts change that.

DO $migration$
DECLARE
  embedding_tables constant text[] := ARRAY['page_embeddings', 'block_embeddings', 'database_row_embeddings', 'documents'];
  embedding_table text;
  vector_schema text;
  vector_version text;
  search_path_before constant text := current_setting('search_path');
BEGIN
  SELECT n.nspname, e.extversion INTO vector_schema, vector_version
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
  WHERE e.extname = 'vector';
  IF vector_schema IS NULL OR to_regtype(format('%I.halfvec', vector_schema)) IS NULL THEN
    RAISE EXCEPTION 'halfvec needs pgvector 0.7.0 or later, this database has %. Install a newer pgvector on the server, then run: ALTER EXTENSION vector UPDATE',
      coalesce(vector_version, 'no vector extension');
  END IF;

  CREATE SCHEMA halfvec_migration;
  GRANT USAGE ON SCHEMA halfvec_migration TO PUBLIC;

  -- What a person or the dashboard decided: the column the app reads, pause, and so on.
  CREATE TABLE halfvec_migration.settings (
    name text PRIMARY KEY,
    value jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    updated_by text NOT NULL DEFAULT current_user
  );

  -- Where the filling of a column stands: of the twin, and of the backup on the way back. `relfilenode` says which
  -- file the block numbers belong to: after VACUUM FULL or pg_repack they mean nothing, and it starts at block 0 again.
  CREATE TABLE halfvec_migration.conversions (
    table_name text NOT NULL,
    column_name text NOT NULL,
    relfilenode oid NOT NULL,
    next_block bigint NOT NULL,
    end_block bigint NOT NULL,
    rows_total bigint NOT NULL,
    rows_converted bigint NOT NULL DEFAULT 0,
    rows_hot bigint NOT NULL DEFAULT 0,
    passes integer NOT NULL DEFAULT 1,
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    PRIMARY KEY (table_name, column_name)
  );

  -- A range of blocks that one worker is converting. The worker holds the session advisory lock
  -- (1751215718, worker) while it lives: a claim without its lock is free for anybody.
  CREATE TABLE halfvec_migration.claims (
    table_name text NOT NULL,
    column_name text NOT NULL,
    first_block bigint NOT NULL,
    end_block bigint NOT NULL,
    worker integer NOT NULL,
    claimed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (table_name, column_name, first_block)
  );
  CREATE SEQUENCE halfvec_migration.workers AS integer CYCLE;

  -- Rows whose embedding halfvec cannot hold. The trigger writes here, and the conversion.
  CREATE TABLE halfvec_migration.set_aside (
    table_name text NOT NULL,
    key jsonb NOT NULL,
    reason text NOT NULL,
    found_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (table_name, key)
  );

  -- Figures over time, a row every few seconds while a conversion runs.
  CREATE TABLE halfvec_migration.progress (
    table_name text NOT NULL,
    column_name text NOT NULL,
    measured_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    rows_converted bigint NOT NULL,
    rows_hot bigint NOT NULL,
    throttle text
  );
  CREATE INDEX progress_column_measured_at_idx ON halfvec_migration.progress (table_name, column_name, measured_at);

  -- What each verify measured. Every app may read it, and the settings: they say which column it is to search.
  CREATE TABLE halfvec_migration.verifications (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    table_schema text NOT NULL DEFAULT 'public',
    table_name text NOT NULL,
    verified_at timestamptz NOT NULL DEFAULT now(),
    ok boolean NOT NULL,
    figures jsonb NOT NULL,
    fingerprint text
  );
  CREATE INDEX verifications_table_name_id_idx ON halfvec_migration.verifications (table_name, id);
  GRANT SELECT ON halfvec_migration.settings, halfvec_migration.verifications TO PUBLIC;

  -- Bytes as measured at the turn of each phase; `baseline` is written below, before anything changes.
  CREATE TABLE halfvec_migration.storage (
    table_name text NOT NULL,
    moment text NOT NULL,
    measured_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    row_estimate bigint NOT NULL,
    heap_bytes bigint NOT NULL,
    toast_bytes bigint NOT NULL,
    vector_index_bytes bigint NOT NULL,
    halfvec_index_bytes bigint NOT NULL,
    other_index_bytes bigint NOT NULL,
    PRIMARY KEY (table_name, moment)
  );

  -- The indexes that go with the old column at the swap, as statements that build them on the backup: the way back
  -- builds the same again.
  CREATE TABLE halfvec_migration.dropped_indexes (
    table_name text NOT NULL,
    index_name text NOT NULL,
    statement text NOT NULL,
    PRIMARY KEY (table_name, index_name)
  );

  -- How long each phase took, added up over runs that were interrupted or failed (not over those that were killed).
  CREATE TABLE halfvec_migration.phases (
    table_name text NOT NULL,
    phase text NOT NULL,
    seconds double precision NOT NULL,
    finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (table_name, phase)
  );

  -- What a verification stands on: our triggers and the halfvec index of a table. A trigger that was off for a
  -- moment is another version of its row, an index that was built again another index: the proof is void then.
  CREATE FUNCTION halfvec_migration.fingerprint(verified_table regclass) RETURNS text
  LANGUAGE sql STABLE AS $function$
    SELECT concat(
      (SELECT string_agg(format('%s:%s:%s', t.tgname, t.oid, t.xmin), ' ' ORDER BY t.tgname)
       FROM pg_trigger t WHERE t.tgrelid = verified_table AND t.tgname LIKE 'zz\_halfvec\_%'), ' ',
      (SELECT string_agg(i.indexrelid::text, ' ' ORDER BY i.indexrelid)
       FROM pg_index i JOIN pg_opclass o ON o.oid = i.indclass[0]
       WHERE i.indrelid = verified_table AND i.indpred IS NULL AND i.indkey[0] > 0
         AND o.opcname = 'halfvec_cosine_ops'))
  $function$;

  CREATE FUNCTION halfvec_migration.measure_storage(measured_table regclass, at_moment text) RETURNS void
  LANGUAGE sql AS $function$
    INSERT INTO halfvec_migration.storage AS s
    SELECT c.relname, at_moment, clock_timestamp(), greatest(c.reltuples, 0)::bigint,
           pg_relation_size(c.oid),
           pg_table_size(c.oid) - pg_relation_size(c.oid),
           coalesce(sum(pg_table_size(i.indexrelid)) FILTER (WHERE o.opcname LIKE 'vector%'), 0),
           coalesce(sum(pg_table_size(i.indexrelid)) FILTER (WHERE o.opcname LIKE ANY ('{halfvec%,bit_hamming_ops}')), 0),
           coalesce(sum(pg_table_size(i.indexrelid)) FILTER (WHERE o.opcname NOT LIKE ALL ('{vector%,halfvec%,bit_hamming_ops}')), 0)
    FROM pg_class c
    LEFT JOIN pg_index i ON i.indrelid = c.oid
    LEFT JOIN pg_opclass o ON o.oid = i.indclass[0]
    WHERE c.oid = measured_table
    GROUP BY c.oid
    ON CONFLICT (table_name, moment) DO UPDATE SET
      (measured_at, row_estimate, heap_bytes, toast_bytes, vector_index_bytes, halfvec_index_bytes, other_index_bytes)
      = (EXCLUDED.measured_at, EXCLUDED.row_estimate, EXCLUDED.heap_bytes, EXCLUDED.toast_bytes,
         EXCLUDED.vector_index_bytes, EXCLUDED.halfvec_index_bytes, EXCLUDED.other_index_bytes)
  $function$;

  -- The names of what refers to a column, or NULL. Objects refer to it by its number: when it is renamed they follow
  -- it, and when it is dropped they go with it or forbid it. Extended statistics only stop being of use.
  CREATE FUNCTION halfvec_migration.dependents(referred_table regclass, referred_column name, and_indexes boolean)
  RETURNS text LANGUAGE sql STABLE AS $function$
    SELECT string_agg(DISTINCT coalesce(pg_describe_object('pg_class'::regclass, r.ev_class, 0),
                                        pg_describe_object(d.classid, d.objid, d.objsubid)), ', ')
    FROM pg_depend d
    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid AND r.rulename = '_RETURN'
    LEFT JOIN pg_trigger t ON d.classid = 'pg_trigger'::regclass AND t.oid = d.objid
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = referred_table AND a.attname = referred_column
      AND d.classid <> 'pg_statistic_ext'::regclass AND (and_indexes OR d.classid <> 'pg_class'::regclass)
      AND (t.tgname LIKE 'zz\_halfvec\_%') IS NOT TRUE
  $function$;

  -- The functions that follow name the vector types and operators, and a writer may have any search_path,
  -- an empty one included: so each keeps the one that is set here.
  PERFORM set_config('search_path', format('pg_catalog, %I, pg_temp', vector_schema), true);

  -- The value as halfvec, or NULL where halfvec cannot hold it. No element is larger than the norm, so a
  -- norm below the limit proves the cast safe without the price of a subtransaction.
  CREATE FUNCTION halfvec_migration.to_halfvec(original vector) RETURNS halfvec
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL UNSAFE
  SET search_path FROM CURRENT AS $function$
  BEGIN
    IF vector_norm(original) < 65504 THEN
      RETURN original::halfvec;
    END IF;
    BEGIN
      RETURN original::halfvec;
    EXCEPTION WHEN numeric_value_out_of_range THEN
      RETURN NULL;
    END;
  END
  $function$;

  -- Keeps twin = cast of the original, as a fact about the row and not about the statement that wrote it:
  -- whatever changed the row (an app of any version, a hand, another trigger), the twin is made right if it
  -- is not. An untouched pair costs one comparison. It runs as its owner, because the writer has no rights on the
  -- bookkeeping; it never raises an error, because a write of the app must not fail for our sake: a
  -- value that halfvec cannot hold leaves the twin NULL and is set aside.
  CREATE FUNCTION halfvec_migration.keep_twin() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path FROM CURRENT AS $function$
  DECLARE
    original vector;
    expected halfvec;
  BEGIN
    IF NEW.embedding IS NULL THEN
      NEW.embedding_halfvec := NULL;
      RETURN NEW;
    END IF;
    -- All of it, in memory: a value that lies in TOAST is fetched anew by every function that takes it.
    original := subvector(NEW.embedding, 1, 16000);
    -- As to_halfvec does it, without the price of the call.
    IF vector_norm(original) < 65504 THEN
      expected := original;
    ELSE
      expected := halfvec_migration.to_halfvec(original);
    END IF;
    IF expected IS NULL THEN
      BEGIN
        INSERT INTO halfvec_migration.set_aside (table_name, key, reason)
        SELECT TG_TABLE_NAME, jsonb_object_agg(k, to_jsonb(NEW) -> k), 'a value is beyond the range of halfvec (65504)'
        FROM unnest(TG_ARGV) k
        ON CONFLICT (table_name, key) DO UPDATE SET found_at = now(), reason = EXCLUDED.reason;
      EXCEPTION WHEN OTHERS THEN
        RAISE WARNING 'a row of % could not be recorded as set aside: %', TG_TABLE_NAME, SQLERRM;
      END;
    END IF;
    IF NEW.embedding_halfvec IS DISTINCT FROM expected THEN
      NEW.embedding_halfvec := expected;
    END IF;
    RETURN NEW;
  END
  $function$;

  -- From the swap on: the backup of a row is its original value only while it rounds to the value that the app
  -- reads. Where a writer changed the embedding, the backup is out of date and goes.
  CREATE FUNCTION halfvec_migration.clear_backup() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path FROM CURRENT AS $function$
  BEGIN
    IF halfvec_migration.to_halfvec(NEW.embedding_vector_backup) IS DISTINCT FROM NEW.embedding THEN
      NEW.embedding_vector_backup := NULL;
    END IF;
    RETURN NEW;
  END
  $function$;

  -- On the way back: a row whose backup is missing or out of date gets what the app reads, as vector. Originals
  -- stay as they are. Every halfvec is a vector, so no write can fail for it.
  CREATE FUNCTION halfvec_migration.keep_backup() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path FROM CURRENT AS $function$
  BEGIN
    IF NEW.embedding IS NULL THEN
      NEW.embedding_vector_backup := NULL;
    ELSIF NEW.embedding_vector_backup IS NULL
       OR halfvec_migration.to_halfvec(NEW.embedding_vector_backup) IS DISTINCT FROM NEW.embedding THEN
      NEW.embedding_vector_backup := NEW.embedding;
    END IF;
    RETURN NEW;
  END
  $function$;

  PERFORM set_config('search_path', search_path_before, true);

  -- Puts one of these triggers on a table: keep_twin until the swap, clear_backup from then on, keep_backup on the way
  -- back. Row triggers fire in the order of their names: zz makes ours see what the others made of the row.
  -- ALWAYS: also for what a replication worker or a restore with session_replication_role = replica writes.
  CREATE FUNCTION halfvec_migration.create_trigger(embedding_table text, trigger_function text) RETURNS void
  LANGUAGE plpgsql AS $function$
  BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE INSERT OR UPDATE ON %I FOR EACH ROW %s',
      'zz_halfvec_' || trigger_function, embedding_table, CASE trigger_function
        WHEN 'keep_twin' THEN $call$EXECUTE FUNCTION halfvec_migration.keep_twin('id')$call$
        WHEN 'clear_backup' THEN 'WHEN (NEW.embedding_vector_backup IS NOT NULL) EXECUTE FUNCTION halfvec_migration.clear_backup()'
        WHEN 'keep_backup' THEN 'EXECUTE FUNCTION halfvec_migration.keep_backup()'
      END);
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', embedding_table, 'zz_halfvec_' || trigger_function);
  END
  $function$;

  -- Takes ACCESS EXCLUSIVE on all tables at once or not at all. Nobody waits behind a request of ours for longer than
  -- the lock time-out in all: each table gets its part of it, and what was locked is let go (the subtransaction ends)
  -- before the next attempt. The first attempts wait for milliseconds, which is enough where transactions are short, the
  -- last one for the whole part; none is as long as deadlock_timeout: where a transaction of the app has the tables in
  -- another order, we give up before the server ends it as a deadlock.
  --
  -- But an autovacuum gives way only to who has waited for its table for deadlock_timeout. So we first take the lock
  -- that maintenance takes: who waits for that keeps no reader and no writer waiting, and who has it is not vacuumed.
  --
  -- Who drops the bookkeeping has it locked as well: nobody who reads it may keep us waiting while we hold the tables.
  CREATE FUNCTION halfvec_migration.lock_tables(embedding_tables text[], and_bookkeeping boolean DEFAULT false) RETURNS void
  LANGUAGE plpgsql AS $function$
  DECLARE
    tables constant regclass[] := embedding_tables::regclass[] || ARRAY(
      SELECT oid::regclass FROM pg_class
      WHERE and_bookkeeping AND relnamespace = 'halfvec_migration'::regnamespace AND relkind = 'r');
    timeout_ms constant integer := coalesce(nullif(current_setting('halfvec_migration.lock_timeout', true), ''), '3000');
    attempts constant integer := coalesce(nullif(current_setting('halfvec_migration.lock_attempts', true), ''), '10');
    deadlock_ms constant integer := (SELECT setting::integer FROM pg_settings WHERE name = 'deadlock_timeout');
    most_ms constant integer := greatest(1, least(timeout_ms / cardinality(tables), deadlock_ms / 2));
    before constant text := current_setting('lock_timeout');
    names constant text := array_to_string(tables, ', ');
  BEGIN
    FOR attempt IN 1..attempts LOOP
      BEGIN
        PERFORM set_config('lock_timeout', (deadlock_ms + 200)::text, true);
        EXECUTE 'LOCK TABLE ' || names || ' IN SHARE UPDATE EXCLUSIVE MODE';
        PERFORM set_config('lock_timeout', least(most_ms, CASE WHEN attempt < attempts THEN 25 * 2 ^ (attempt - 1) ELSE most_ms END)::integer::text, true);
        EXECUTE 'LOCK TABLE ' || names || ' IN ACCESS EXCLUSIVE MODE';
        PERFORM set_config('lock_timeout', before, true);
        RETURN;
      EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
        IF attempt = attempts THEN
          RAISE EXCEPTION USING ERRCODE = 'lock_not_available', MESSAGE = format(
            'could not lock %s: another session holds them (attempts: %s, the last one for %s ms a table). Nothing was changed. Look for long transactions in pg_stat_activity, then run the same command again', names, attempts, most_ms);
        END IF;
      END;
      PERFORM pg_sleep(least(2, 0.1 * 2 ^ attempt) * (0.5 + random() / 2));
    END LOOP;
  END
  $function$;

  -- The way back begins: from here on every write fills the backup of its row. Does nothing where that is so.
  CREATE FUNCTION halfvec_migration.prepare_swap_back(tables text[]) RETURNS void
  LANGUAGE plpgsql AS $function$
  DECLARE
    t text;
  BEGIN
    IF cardinality(tables) = (SELECT count(*) FROM pg_trigger
                              WHERE tgname = 'zz_halfvec_keep_backup' AND tgenabled = 'A'
                                AND tgrelid = ANY (tables::regclass[])) THEN
      RETURN;
    END IF;
    PERFORM halfvec_migration.lock_tables(tables);
    FOREACH t IN ARRAY tables LOOP
      EXECUTE format('DROP TRIGGER IF EXISTS zz_halfvec_clear_backup ON %I', t);
      PERFORM halfvec_migration.create_trigger(t, 'keep_backup');
    END LOOP;
  END
  $function$;

  -- The way back is given up: as after the swap again. Does nothing where that is so.
  CREATE FUNCTION halfvec_migration.cancel_swap_back(tables text[]) RETURNS void
  LANGUAGE plpgsql AS $function$
  DECLARE
    t text;
  BEGIN
    IF NOT EXISTS (SELECT FROM pg_trigger
                   WHERE tgname = 'zz_halfvec_keep_backup' AND tgrelid = ANY (tables::regclass[])) THEN
      RETURN;
    END IF;
    PERFORM halfvec_migration.lock_tables(tables);
    FOREACH t IN ARRAY tables LOOP
      EXECUTE format('DROP TRIGGER IF EXISTS zz_halfvec_keep_backup ON %I', t);
      PERFORM halfvec_migration.create_trigger(t, 'clear_backup');
    END LOOP;
  END
  $function$;

  REVOKE ALL ON ALL FUNCTIONS IN SCHEMA halfvec_migration FROM PUBLIC;

  FOREACH embedding_table IN ARRAY embedding_tables LOOP
    PERFORM halfvec_migration.measure_storage(embedding_table::regclass, 'baseline');
  END LOOP;

  PERFORM halfvec_migration.lock_tables(embedding_tables);

  FOREACH embedding_table IN ARRAY embedding_tables LOOP
    EXECUTE format('ALTER TABLE %I ADD COLUMN embedding_halfvec %I.halfvec(1536)', embedding_table, vector_schema);
    PERFORM halfvec_migration.create_trigger(embedding_table, 'keep_twin');
  END LOOP;
END
$migration$;
