import type { ClientBase } from "pg";

/**
 * Transactions that a standby or slot may lag behind before it counts. A standby with hot_standby_feedback tells its
 * oldest snapshot every ten seconds only, and that is no fault.
 */
const LAGGING_TRANSACTIONS = 500;

/**
 * What keeps old row versions from being pruned: the oldest transaction that has been open for longer than `seconds`
 * (whether it holds a snapshot or has only written), a standby or replication slot far behind, or a prepared
 * transaction. While one stands, waves find no room on the pages and updates stop being HOT. One that has written holds back
 * every database of the server: each snapshot, a wave's own too, begins at the oldest transaction that runs anywhere.
 * @returns a sentence that names the culprit, or null.
 */
export async function horizonHolder(client: ClientBase, seconds: number): Promise<string | null> {
  const { rows } = await client.query<{ holder: string }>(
    `SELECT holder FROM (
       SELECT format('session %s (%s, user %s) has a transaction open%s since %s', pid,
                     coalesce(nullif(application_name, ''), backend_type), coalesce(usename, '?'),
                     CASE WHEN datname <> current_database() THEN format(' in database %s', datname) END,
                     to_char(xact_start, 'HH24:MI:SS')) AS holder,
              greatest(age(backend_xmin), age(backend_xid)) AS age
       FROM pg_stat_activity
       WHERE (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL) AND pid <> pg_backend_pid()
         AND backend_type NOT IN ('autovacuum worker', 'walsender') AND (datname = current_database() OR backend_xid IS NOT NULL)
         AND xact_start < clock_timestamp() - make_interval(secs => $1)
       UNION ALL
       SELECT format('standby %s holds back what its oldest query may see (hot_standby_feedback)',
                     coalesce(nullif(application_name, ''), client_addr::text, pid::text)), age(backend_xmin)
       FROM pg_stat_activity
       WHERE backend_type = 'walsender' AND age(backend_xmin) > $2
       UNION ALL
       SELECT format('replication slot %s (%s) holds back xmin', slot_name,
                     CASE WHEN active THEN 'active' ELSE 'inactive' END), age(xmin)
       FROM pg_replication_slots WHERE age(xmin) > $2
       UNION ALL
       SELECT format('prepared transaction %s of database %s is open since %s', gid, database, to_char(prepared, 'HH24:MI:SS')),
              age(transaction)
       FROM pg_prepared_xacts WHERE prepared < clock_timestamp() - make_interval(secs => $1)
     ) holders ORDER BY age DESC LIMIT 1`,
    [seconds, LAGGING_TRANSACTIONS],
  );
  return rows[0]?.holder ?? null;
}
