import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { qualified, quoted } from "../identifiers.ts";
import type { Change, Dependent, Effect } from "./dependent.ts";
import { remedyFor } from "./remedies.ts";

/** One object, as the catalog names it. */
export interface CatalogDependent {
  kind: string;
  /** What SQL calls it, without the table that it belongs to. */
  name: string;
  /** The table that it belongs to, or null for what stands by itself. */
  owner: string | null;
  /** The statement that makes it again. */
  definition: string | null;
  /** Views that stand on this one, and would have to go with it. */
  above: string[];
}

/**
 * Everything that refers to column `$2` of table `$1` by its number, but for indexes. A view refers by the rule that it
 * is. PostgreSQL 18 keeps NOT NULL as a constraint and older ones do not: it is read from the column.
 */
const REFERRING = `
  SELECT DISTINCT CASE
           WHEN r.rulename <> '_RETURN' THEN 'rule'
           WHEN rc.relkind = 'm' THEN 'materialized view'
           WHEN rc.oid IS NOT NULL THEN 'view'
           WHEN f.oid IS NOT NULL AND f.adnum = a.attnum AND f.adrelid = a.attrelid
             THEN CASE WHEN a.attgenerated = '' THEN 'default' ELSE 'generation' END
           WHEN f.oid IS NOT NULL THEN 'generated column'
           WHEN k.oid IS NOT NULL THEN 'constraint'
           WHEN t.oid IS NOT NULL THEN 'trigger'
           WHEN l.oid IS NOT NULL THEN 'policy'
           WHEN s.oid IS NOT NULL THEN 'statistics'
           WHEN p.oid IS NOT NULL THEN 'function'
           WHEN b.oid IS NOT NULL THEN 'publication'
           ELSE 'object' END AS kind,
         CASE
           WHEN r.rulename <> '_RETURN' THEN quote_ident(r.rulename)
           WHEN rc.oid IS NOT NULL THEN rc.oid::regclass::text
           WHEN f.oid IS NOT NULL THEN quote_ident(fa.attname)
           WHEN p.oid IS NOT NULL THEN p.oid::regprocedure::text
           WHEN s.oid IS NOT NULL THEN format('%s.%I', s.stxnamespace::regnamespace, s.stxname)
           ELSE coalesce(quote_ident(coalesce(k.conname, t.tgname, l.polname, b.pubname)),
                         pg_describe_object(d.classid, d.objid, d.objsubid)) END AS name,
         coalesce(CASE WHEN r.rulename <> '_RETURN' THEN rc.oid END, f.adrelid, k.conrelid, t.tgrelid, l.polrelid)
           ::regclass::text AS owner,
         CASE
           WHEN r.rulename <> '_RETURN' THEN pg_get_ruledef(r.oid)
           WHEN rc.oid IS NOT NULL THEN format('CREATE %s %s AS %s',
             CASE rc.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END, rc.oid::regclass, pg_get_viewdef(rc.oid))
           WHEN f.oid IS NOT NULL AND f.adnum = a.attnum AND f.adrelid = a.attrelid
             THEN format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', f.adrelid::regclass, fa.attname,
                         pg_get_expr(f.adbin, f.adrelid))
           WHEN f.oid IS NOT NULL
             THEN format('ALTER TABLE %s ADD COLUMN %I %s GENERATED ALWAYS AS (%s) STORED', f.adrelid::regclass,
                         fa.attname, format_type(fa.atttypid, fa.atttypmod), pg_get_expr(f.adbin, f.adrelid))
           WHEN k.oid IS NOT NULL
             THEN format('ALTER TABLE %s ADD CONSTRAINT %I %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
           WHEN t.oid IS NOT NULL THEN pg_get_triggerdef(t.oid)
           WHEN s.oid IS NOT NULL THEN pg_get_statisticsobjdef(s.oid)
           WHEN p.oid IS NOT NULL THEN pg_get_functiondef(p.oid) END AS definition,
         CASE WHEN r.rulename = '_RETURN' THEN (
           WITH RECURSIVE above (oid) AS (
             SELECT r.ev_class
             UNION
             SELECT ar.ev_class FROM above
             JOIN pg_depend ad ON ad.refclassid = 'pg_class'::regclass AND ad.refobjid = above.oid
                              AND ad.classid = 'pg_rewrite'::regclass
             JOIN pg_rewrite ar ON ar.oid = ad.objid)
           SELECT array_agg(above.oid::regclass::text ORDER BY above.oid::regclass::text)
           FROM above WHERE above.oid <> r.ev_class) END AS above
  FROM pg_depend d
  JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
  LEFT JOIN pg_class rc ON rc.oid = r.ev_class
  LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
  LEFT JOIN pg_attribute fa ON fa.attrelid = f.adrelid AND fa.attnum = f.adnum
  LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
  LEFT JOIN pg_trigger t ON d.classid = 'pg_trigger'::regclass AND t.oid = d.objid
  LEFT JOIN pg_policy l ON d.classid = 'pg_policy'::regclass AND l.oid = d.objid
  LEFT JOIN pg_statistic_ext s ON d.classid = 'pg_statistic_ext'::regclass AND s.oid = d.objid
  LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
  LEFT JOIN pg_publication_rel br ON d.classid = 'pg_publication_rel'::regclass AND br.oid = d.objid
  LEFT JOIN pg_publication b ON b.oid = br.prpubid
  WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::regclass AND a.attname = $2
    AND d.classid <> 'pg_class'::regclass
    AND k.contype IS DISTINCT FROM 'n' AND (t.tgname LIKE 'zz\\_halfvec\\_%') IS NOT TRUE
  ORDER BY kind, owner, name`;

const NOT_NULL = `
  SELECT attnotnull AS not_null FROM pg_attribute WHERE attrelid = $1::regclass AND attname = $2`;

/** What the catalog itself ties to the column: views, rules, constraints, triggers, policies and the like. */
export async function findCatalogDependents(
  client: ClientBase,
  table: EmbeddingTable,
  column: string,
  change: Change,
): Promise<Dependent[]> {
  const place = [qualified(table), column];
  const referring = await client.query<Omit<CatalogDependent, "above"> & { above: string[] | null }>(
    REFERRING,
    place,
  );
  const dependents = referring.rows.map((row): Dependent => {
    const object = { ...row, above: row.above ?? [] };
    return {
      table: table.name,
      kind: object.kind,
      name: object.name,
      effect: effectOf(object.kind, change),
      message: remedyFor(object, table, column, change),
      definition: object.definition,
    };
  });
  const { rows } = await client.query<{ not_null: boolean }>(NOT_NULL, place);
  if (rows[0]?.not_null) dependents.push(...notNull(table, column, change));
  return dependents;
}

/** DROP COLUMN takes defaults and statistics along. Statistics that follow the column only stop being of use. */
function effectOf(kind: string, change: Change): Effect {
  if (kind === "statistics") return "told";
  return kind === "default" && change !== "swap" ? "told" : "breaks";
}

/** The column that steps aside is left empty in new rows: so it must be allowed to be. */
function notNull(table: EmbeddingTable, column: string, change: Change): Dependent[] {
  if (change === "contract" || (change === "rollback" && column !== table.column)) return [];
  const set = (what: string) =>
    `ALTER TABLE ${qualified(table)} ALTER COLUMN ${quoted(column)} ${what} NOT NULL`;
  const later = change === "swap" ? "the swap" : "the rollback";
  return [
    {
      table: table.name,
      kind: "NOT NULL",
      name: `${qualified(table)}.${quoted(column)}`,
      effect: "breaks",
      message: `${table.name}.${column} is NOT NULL, and stays so under its new name, where new rows have no value: every INSERT would fail. Run now: ${set("DROP")}; after ${later}: ${set("SET")}`,
      definition: set("SET"),
    },
  ];
}
