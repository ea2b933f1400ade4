import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { qualified, quoted } from "../identifiers.ts";
import { type Finding, stop } from "./finding.ts";

interface TableFacts {
  role: string;
  database: string;
  owner: string;
  owns: boolean;
  may_write: boolean;
  hidden: boolean;
  found: boolean;
}

/**
 * What the role must be allowed in the schemas and on the tables. Asks the privilege functions with oids: they answer
 * for what the role cannot reach by its name, too.
 * @param standing The tables that exist.
 * @param onSchemas What the role must be allowed on their schemas: CREATE is for indexes.
 */
export async function checkTableRights(
  client: ClientBase,
  tables: readonly EmbeddingTable[],
  standing: readonly EmbeddingTable[],
  onSchemas: readonly ("USAGE" | "CREATE")[] = ["USAGE", "CREATE"],
): Promise<Finding[]> {
  const findings = await checkSchemas(client, tables, onSchemas);
  for (const table of standing) findings.push(...(await checkOne(client, table, findings.length === 0)));
  return findings;
}

async function checkSchemas(
  client: ClientBase,
  tables: readonly EmbeddingTable[],
  wanted: readonly string[],
): Promise<Finding[]> {
  const { rows } = await client.query<{ role: string; schema: string; lacks: string[] }>(
    `SELECT current_user AS role, n.nspname::text AS schema, array_agg(p.privilege ORDER BY p.privilege DESC) AS lacks
     FROM pg_namespace n CROSS JOIN unnest($2::text[]) AS p (privilege)
     WHERE n.nspname = ANY ($1) AND NOT has_schema_privilege(n.oid, p.privilege)
     GROUP BY n.nspname ORDER BY n.nspname`,
    [tables.map(({ schema }) => schema), wanted],
  );
  return rows.map(({ role, schema, lacks }) =>
    stop(
      `${role} lacks ${lacks.join(" and ")} on the schema ${schema}${lacks.includes("CREATE") ? ": an index cannot be built there" : ""}. As its owner run: GRANT ${lacks.join(", ")} ON SCHEMA ${quoted(schema)} TO ${quoted(role)}`,
    ),
  );
}

/** @param reachable whether names in the schema can be resolved at all. */
async function checkOne(client: ClientBase, table: EmbeddingTable, reachable: boolean): Promise<Finding[]> {
  const { rows } = await client.query<TableFacts>(
    `SELECT current_user AS role, current_database() AS database, pg_get_userbyid(c.relowner) AS owner,
            pg_has_role(c.relowner, 'USAGE') AS owns,
            has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'UPDATE') AS may_write,
            row_security_active(c.oid) AS hidden,
            to_regclass(quote_ident(c.relname)) IS NOT DISTINCT FROM c.oid::regclass AS found
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2`,
    [table.schema, table.name],
  );
  const facts = rows[0];
  if (!facts) return [];
  const role = quoted(facts.role);
  if (!facts.owns) {
    return [
      stop(
        `only the owner of ${table.name} may change it, and that is ${facts.owner}. As a superuser run: GRANT ${quoted(facts.owner)} TO ${role}`,
        table.name,
      ),
    ];
  }
  const findings: Finding[] = [];
  if (!facts.may_write) {
    findings.push(
      stop(
        `${facts.role} may not read and update ${table.name}. Run: GRANT SELECT, UPDATE ON ${qualified(table)} TO ${role}`,
        table.name,
      ),
    );
  }
  if (facts.hidden) {
    findings.push(
      stop(
        `row level security of ${table.name} applies to ${facts.role}: rows that its policies hide would never be converted, and nobody would know. As a superuser run: ALTER ROLE ${role} BYPASSRLS, or as the owner: ALTER TABLE ${qualified(table)} NO FORCE ROW LEVEL SECURITY`,
        table.name,
      ),
    );
  }
  if (reachable && !facts.found) {
    findings.push(
      stop(
        `the migrations call ${table.name} without its schema, and the search_path of ${facts.role} leads to another table or to none. Run: ALTER ROLE ${role} IN DATABASE ${quoted(facts.database)} SET search_path = ${quoted(table.schema)}`,
        table.name,
      ),
    );
  }
  return findings;
}
