import type { ClientBase } from "pg";

/**
 * What keeps old row versions from being pruned: the oldest snapshot, slot or prepared transaction that has stood for
 * longer than `seconds`. While one stands, waves find no room on the pages and updates stop being HOT.
 * @returns a sentence that names the culprit, or null.
 */
export async function horizonHolder(client: ClientBase, seconds: number): Promise<string | null> {
  const { rows } = await client.query<{ holder: string }>(
    `SELECT holder FROM (
       SELECT format('session %s (%s, user %s) has a transaction open since %s', pid,
                     coalesce(nullif(application_name, ''), backend_type), coalesce(usename, '?'),
                     to_char(xact_start, 'HH24:MI:SS')) AS holder, age(backend_xmin) AS age
       FROM pg_stat_activity
       WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid() AND backend_type <> 'autovacuum worker'
         AND (datname = current_database() OR datname IS NULL)
         AND xact_start < clock_timestamp() - make_interval(secs => $1)
       UNION ALL
       SELECT format('replication slot %s (%s) holds back xmin', slot_name,
                     CASE WHEN active THEN 'active' ELSE 'inactive' END), age(xmin)
       FROM pg_replication_slots WHERE xmin IS NOT NULL
       UNION ALL
       SELECT format('prepared transaction %s is open since %s', gid, to_char(prepared, 'HH24:MI:SS')), age(transaction)
       FROM pg_prepared_xacts
       WHERE database = current_database() AND prepared < clock_timestamp() - make_interval(secs => $1)
     ) holders ORDER BY age DESC LIMIT 1`,
    [seconds],
  );
  return rows[0]?.holder ?? null;
}
