import type { TestDatabase } from "./test.ts";

/** What stands in a database, by sorted descriptions; without what belongs to an extension. */
export interface SchemaSnapshot {
  schemas: string[];
  columns: string[];
  indexes: string[];
  constraints: string[];
  triggers: string[];
  functions: string[];
}

/** Whether the object of that class and oid came with an extension. */
const OWN = (oid: string, catalog: string) => `NOT EXISTS (
  SELECT FROM pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = ${oid} AND d.deptype = 'e')`;

const IN_PUBLIC = "n.nspname = 'public'";

/** Each gives one line of text for each object. Columns count by their order, not by their number. */
const QUERIES: Record<keyof SchemaSnapshot, string> = {
  schemas: `SELECT nspname AS line FROM pg_namespace
            WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'`,
  columns: `SELECT format('%s.%s %s %s%s default %s', c.relname,
                          to_char(row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum), 'FM00'), a.attname,
                          format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN ' not null' END,
                          coalesce(pg_get_expr(f.adbin, f.adrelid), 'none')) AS line
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
            WHERE ${IN_PUBLIC} AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped`,
  indexes: `SELECT pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' (invalid)' END AS line
            FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE ${IN_PUBLIC}`,
  constraints: `SELECT format('%s on %s: %s', k.conname, k.conrelid::regclass, pg_get_constraintdef(k.oid)) AS line
                FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
                WHERE ${IN_PUBLIC} AND k.conrelid <> 0`,
  triggers: `SELECT format('%s (%s)', pg_get_triggerdef(t.oid), t.tgenabled) AS line
             FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE ${IN_PUBLIC} AND NOT t.tgisinternal`,
  functions: `SELECT p.oid::regprocedure::text || ' ' || md5(p.prosrc) AS line
              FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
              WHERE ${IN_PUBLIC} AND ${OWN("p.oid", "pg_proc")}`,
};

export async function schemaSnapshot(database: Pick<TestDatabase, "query">): Promise<SchemaSnapshot> {
  const snapshot: Partial<SchemaSnapshot> = {};
  for (const [kind, sql] of Object.entries(QUERIES)) {
    const rows = await database.query<{ line: string }>(`${sql} ORDER BY line`);
    snapshot[kind as keyof SchemaSnapshot] = rows.map(({ line }) => line);
  }
  return snapshot as SchemaSnapshot;
}
