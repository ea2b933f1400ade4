-- There is no way back from contract: the original vectors are gone. A backup of the database from before has them.

DO $migration$
BEGIN
  RAISE EXCEPTION 'contract cannot be undone: the original vectors are dropped. Nothing was changed. Restore a backup of the database from before, or embed the texts again.';
END
$migration$;
