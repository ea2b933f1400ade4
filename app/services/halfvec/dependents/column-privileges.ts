import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { columnType, type TableCatalog } from "../catalog.ts";
import { qualified, quoted } from "../identifiers.ts";
import type { Change, Dependent } from "./dependent.ts";

/** Privileges on column `$2` that are neither on column `$3` nor on the whole table. */
const PRIVILEGES = `
  SELECT CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END AS role,
         array_agg(DISTINCT x.privilege_type) AS privileges
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = $2
  CROSS JOIN aclexplode(a.attacl) x
  WHERE c.oid = $1::regclass
    AND NOT EXISTS (SELECT FROM pg_attribute o CROSS JOIN aclexplode(o.attacl) y
                    WHERE o.attrelid = c.oid AND o.attname = $3
                      AND (y.grantee, y.privilege_type) = (x.grantee, x.privilege_type))
    AND NOT EXISTS (SELECT FROM aclexplode(c.relacl) y
                    WHERE (y.grantee, y.privilege_type) = (x.grantee, x.privilege_type))
  GROUP BY role ORDER BY role`;

/** Roles that may use this column and not the whole table: the privilege is the column's, and goes where it goes. */
export async function findColumnPrivileges(
  client: ClientBase,
  table: EmbeddingTable,
  catalog: TableCatalog,
  column: string,
  change: Change,
): Promise<Dependent[]> {
  if (change === "contract" || (change === "rollback" && column !== table.column)) return [];
  const other = change === "swap" ? table.twin : table.backup;
  const { rows } = await client.query<{ role: string; privileges: string[] }>(PRIVILEGES, [
    qualified(table),
    column,
    other,
  ]);
  const standing = columnType(catalog, other) !== undefined;
  return rows.map(({ role, privileges }) => {
    const granted = privileges.map((privilege) => `${privilege} (${quoted(other)})`).join(", ");
    const grant = `GRANT ${granted} ON ${qualified(table)} TO ${role}`;
    return {
      table: table.name,
      kind: "privilege",
      name: role,
      // Where the other column is still to be made, it cannot be granted.
      effect: catalog.phase === "indexed" || change === "rollback" ? "breaks" : "told",
      message: `privilege of ${role} on ${table.name}.${column} alone (${privileges.join(", ")}) goes with that column at the ${change}. ${standing ? "Run now" : "When expand is done, run"}: ${grant}`,
      definition: grant,
    };
  });
}
