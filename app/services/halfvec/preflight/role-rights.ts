import type { ClientBase } from "pg";
import { quoted } from "../identifiers.ts";
import { plural } from "../plural.ts";
import { type Finding, stop, warn } from "./finding.ts";

interface RoleFacts {
  role: string;
  database: string;
  read_only: boolean;
  can_create: boolean;
  bookkeeping_owner: string | null;
  owns_bookkeeping: boolean;
  sees_sessions: boolean;
  /** Where Prisma's records are, or would be made; null where the search_path leads nowhere. */
  records_schema: string | null;
  records_there: boolean;
  records_rights: boolean;
}

/**
 * What the role must be allowed in the database as a whole: to write, to make the bookkeeping, to keep Prisma's records,
 * to use pgvector. Each finding has the statement that mends it.
 */
export async function checkRoleRights(client: ClientBase): Promise<Finding[]> {
  const { rows } = await client.query<RoleFacts>(
    `SELECT current_user AS role, current_database() AS database,
            current_setting('default_transaction_read_only')::boolean AS read_only,
            has_database_privilege(current_database(), 'CREATE') AS can_create,
            (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'halfvec_migration') AS bookkeeping_owner,
            coalesce((SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'halfvec_migration'), true)
              AS owns_bookkeeping,
            pg_has_role('pg_read_all_stats', 'USAGE') AS sees_sessions,
            coalesce(r.schema, current_schema()::text) AS records_schema, r.oid IS NOT NULL AS records_there,
            CASE WHEN r.oid IS NULL THEN coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)
                 ELSE has_table_privilege(r.oid, 'SELECT') AND has_table_privilege(r.oid, 'INSERT')
                      AND has_table_privilege(r.oid, 'UPDATE') END AS records_rights
     FROM (SELECT) one
     LEFT JOIN (SELECT c.oid, n.nspname::text AS schema FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace) r
       ON r.oid = to_regclass('_prisma_migrations')`,
  );
  const facts = rows[0];
  if (!facts) throw new Error("the server told nothing about the role");
  const { role, database } = facts;
  const findings: Finding[] = [];
  if (facts.read_only) {
    findings.push(
      stop(
        `every transaction of ${role} is read-only (default_transaction_read_only). Run: ALTER ROLE ${quoted(role)} IN DATABASE ${quoted(database)} SET default_transaction_read_only = off; where the URL sets it (options=), take it out`,
      ),
    );
  }
  if (!facts.can_create && facts.bookkeeping_owner === null) {
    findings.push(
      stop(
        `${role} may not create a schema, and the bookkeeping needs one. As the owner of the database run: GRANT CREATE ON DATABASE ${quoted(database)} TO ${quoted(role)}`,
      ),
    );
  }
  if (facts.bookkeeping_owner !== null && !facts.owns_bookkeeping) {
    findings.push(
      stop(
        `the bookkeeping of this migration belongs to ${facts.bookkeeping_owner}, and ${role} has no part in it. As a superuser run: GRANT ${quoted(facts.bookkeeping_owner)} TO ${quoted(role)}`,
      ),
    );
  }
  findings.push(...recordsFindings(facts), ...(await checkExtension(client, role, database)));
  if (!facts.sees_sessions) {
    findings.push(
      warn(
        `${role} does not see what other roles do: a long transaction that slows the migration is not named, nor is a standby that lags. To see them, as a superuser run: GRANT pg_monitor TO ${quoted(role)}`,
      ),
    );
  }
  return findings;
}

function recordsFindings(facts: RoleFacts): Finding[] {
  if (facts.records_rights) return [];
  const role = quoted(facts.role);
  if (facts.records_schema === null) {
    return [
      stop(
        `the search_path of ${facts.role} names no schema that there is and that it may use, so the tables are not found. Run: ALTER ROLE ${role} IN DATABASE ${quoted(facts.database)} SET search_path = "$user", public, or as the owner of the schema: GRANT USAGE, CREATE ON SCHEMA public TO ${role}`,
      ),
    ];
  }
  const schema = quoted(facts.records_schema);
  return [
    stop(
      facts.records_there
        ? `${facts.role} may not keep Prisma's record of migrations. As its owner run: GRANT SELECT, INSERT, UPDATE ON ${schema}."_prisma_migrations" TO ${role}`
        : `${facts.role} may not make Prisma's record of migrations (_prisma_migrations). As the owner of the schema run: GRANT CREATE ON SCHEMA ${schema} TO ${role}`,
    ),
  ];
}

/** Types, functions and operators of pgvector: to be found by name, and to be used. */
async function checkExtension(client: ClientBase, role: string, database: string): Promise<Finding[]> {
  const { rows } = await client.query<{
    schema: string;
    may_use: boolean;
    found: boolean;
    types: string[] | null;
    functions: string[] | null;
  }>(
    `SELECT n.nspname::text AS schema, has_schema_privilege(n.oid, 'USAGE') AS may_use,
            to_regtype('vector') IS NOT NULL AS found,
            (SELECT array_agg(format('%I.%I', n.nspname, t.typname) ORDER BY t.typname) FROM pg_type t
             WHERE t.typnamespace = n.oid AND t.typname IN ('vector', 'halfvec')
               AND NOT has_type_privilege(t.oid, 'USAGE')) AS types,
            (SELECT array_agg(p.proname::text ORDER BY p.proname) FROM pg_proc p
             WHERE NOT has_function_privilege(p.oid, 'EXECUTE')
               AND EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
                             AND d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
               AND EXISTS (SELECT FROM pg_type t WHERE t.typnamespace = n.oid AND t.typname IN ('vector', 'halfvec')
                             AND t.oid = ANY (p.proargtypes::oid[]))) AS functions
     FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
     WHERE e.extname = 'vector'`,
  );
  const extension = rows[0];
  if (!extension) return [];
  const schema = quoted(extension.schema);
  const findings: Finding[] = [];
  if (!extension.may_use) {
    findings.push(
      stop(
        `${role} may not use the schema of pgvector. As its owner run: GRANT USAGE ON SCHEMA ${schema} TO ${quoted(role)}`,
      ),
    );
  } else if (!extension.found) {
    findings.push(
      stop(
        `pgvector is in the schema ${extension.schema}, which the search_path of ${role} does not name. Run: ALTER ROLE ${quoted(role)} IN DATABASE ${quoted(database)} SET search_path = "$user", public, ${schema}`,
      ),
    );
  }
  if (extension.types) {
    const names = extension.types.join(", ");
    findings.push(
      stop(
        `${role} may not use the type ${names}. As a superuser run: GRANT USAGE ON TYPE ${names} TO ${quoted(role)}`,
      ),
    );
  }
  if (extension.functions) {
    const [first, ...others] = extension.functions;
    const count = extension.functions.length;
    const names = others.length === 0 ? first : `${first}, ...`;
    findings.push(
      stop(
        `${role} may not call ${count} ${plural(count, "function")} of pgvector (${names}). As a superuser run: GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${schema} TO ${quoted(role)}`,
      ),
    );
  }
  return findings;
}
