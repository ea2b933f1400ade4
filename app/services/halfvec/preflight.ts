import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import { columnType, readCatalog, validIndexOn } from "./catalog.ts";
import { horizonHolder } from "./convert/horizon.ts";
import { diskHeadroom } from "./disk-headroom.ts";
import { qualified } from "./identifiers.ts";
import type { Phase } from "./phases.ts";
import { pendingBaseline } from "./steps.ts";

/** Something that preflight found. `stop`: the migration must not begin; `warn`: it may, and this will be felt. */
export interface Finding {
  level: "stop" | "warn";
  table?: string;
  message: string;
}

/** TID range scans, on which the conversion stands, came with PostgreSQL 14. */
const OLDEST_POSTGRESQL = 140_000;
const OLDEST_PGVECTOR = [0, 7, 0];
/** 0.8.2 closes CVE-2026-3172 (parallel HNSW build); 0.8.3 and 0.8.4 mend index damage by VACUUM. */
const ADVISED_PGVECTOR = [0, 8, 4];

/** A transaction open for longer than this will be felt (seconds). */
const LONG_TRANSACTION_SECONDS = 60;

/**
 * Looks for what would stop or slow the migration. Only reads. A database with none of the tables is new: the first
 * migrations make them, and only the server is looked at.
 */
export async function preflight(client: ClientBase, tables: readonly EmbeddingTable[]): Promise<Finding[]> {
  const standing = await countStanding(client, tables);
  const findings = await checkServer(client, standing > 0);
  if (standing === 0) {
    findings.push({
      level: "warn",
      message: "this database has none of the tables: they are made, empty. Is the URL right?",
    });
    return findings;
  }
  if (findings.some((finding) => finding.level === "stop")) return findings;
  findings.push(...(await checkRecords(client)));
  for (const table of tables) findings.push(...(await checkTable(client, table)));
  // What follows reads the tables as they are described.
  if (findings.some((finding) => finding.level === "stop")) return findings;
  findings.push(...(await checkDisk(client, tables)));
  const holder = await horizonHolder(client, LONG_TRANSACTION_SECONDS);
  if (holder) {
    findings.push({
      level: "warn",
      message: `${holder}; until it ends, updates are slow and the index build waits`,
    });
  }
  return findings;
}

async function countStanding(client: ClientBase, tables: readonly EmbeddingTable[]): Promise<number> {
  let standing = 0;
  for (const table of tables) if ((await readCatalog(client, table)).columns.length > 0) standing += 1;
  return standing;
}

/** Tables that the migrations did not make need the record, or the migrations would make them again. */
async function checkRecords(client: ClientBase): Promise<Finding[]> {
  return (await pendingBaseline(client)).map((name) => ({
    level: "stop",
    message: `the tables are there, but the migration that makes them is not on record. Where they are as it would make them, record it: npx prisma migrate resolve --applied ${name}`,
  }));
}

async function checkDisk(client: ClientBase, tables: readonly EmbeddingTable[]): Promise<Finding[]> {
  const disk = await diskHeadroom(client, tables);
  if (!disk || disk.freeBytes >= disk.neededBytes) return [];
  const [needed, free] = [disk.neededBytes, disk.freeBytes].map(
    (bytes) => `${Math.round(bytes / 2 ** 20)} MB`,
  );
  return [
    {
      level: "stop",
      message: `the migration needs about ${needed} more at its peak (a forecast), and the disk of the server has ${free} free. Make room first.`,
    },
  ];
}

/** @param filled whether tables stand already, and with them the extension. */
async function checkServer(client: ClientBase, filled: boolean): Promise<Finding[]> {
  const { rows } = await client.query<{
    version_number: number;
    version: string;
    pgvector: string | null;
    recovery: boolean;
    can_create: boolean;
    database: string;
    role: string;
    bookkeeping_owner: string | null;
    owns_bookkeeping: boolean;
    vector_schema: string | null;
    vector_found: boolean;
  }>(
    `SELECT current_setting('server_version_num')::int AS version_number, current_setting('server_version') AS version,
            (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS pgvector,
            pg_is_in_recovery() AS recovery,
            has_database_privilege(current_database(), 'CREATE') AS can_create,
            current_database() AS database, current_user AS role,
            (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'halfvec_migration') AS bookkeeping_owner,
            coalesce((SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'halfvec_migration'), true)
              AS owns_bookkeeping,
            (SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'vector') AS vector_schema,
            to_regtype('vector') IS NOT NULL AS vector_found`,
  );
  const server = rows[0];
  if (!server) throw new Error("the server told nothing about itself");
  const findings: Finding[] = [];
  if (server.recovery) {
    findings.push({
      level: "stop",
      message: "this server is a standby, which cannot be written to. Connect to the primary.",
    });
  }
  if (server.version_number < OLDEST_POSTGRESQL) {
    findings.push({
      level: "stop",
      message: `PostgreSQL ${server.version} is too old: 14 or later is needed.`,
    });
  }
  if (server.pgvector === null) {
    if (!filled) return findings;
    findings.push({
      level: "stop",
      message:
        "the extension pgvector is not installed in this database, so it holds no embeddings. Is the URL right?",
    });
  } else if (olderThan(server.pgvector, OLDEST_PGVECTOR)) {
    findings.push({
      level: "stop",
      message: `pgvector ${server.pgvector} has no halfvec: 0.7.0 or later is needed. Install it on the server, then run: ALTER EXTENSION vector UPDATE`,
    });
  } else if (olderThan(server.pgvector, ADVISED_PGVECTOR)) {
    findings.push({
      level: "warn",
      message: `pgvector ${server.pgvector}: 0.8.4 or later is advised (CVE-2026-3172 in parallel index builds before 0.8.2, index damage by VACUUM before 0.8.4)`,
    });
  }
  if (!server.can_create && server.bookkeeping_owner === null) {
    findings.push({
      level: "stop",
      message: `the role ${server.role} may not create a schema. As the owner of the database run: GRANT CREATE ON DATABASE "${server.database}" TO "${server.role}"`,
    });
  }
  if (!server.owns_bookkeeping) {
    findings.push({
      level: "stop",
      message: `the bookkeeping of this migration belongs to ${server.bookkeeping_owner}, and ${server.role} has no part in it. As a superuser run: GRANT "${server.bookkeeping_owner}" TO "${server.role}"`,
    });
  }
  if (server.pgvector !== null && !server.vector_found) {
    findings.push({
      level: "stop",
      message: `pgvector is in the schema ${server.vector_schema}, which the search_path of ${server.role} does not name. Run: ALTER ROLE "${server.role}" IN DATABASE "${server.database}" SET search_path = "$user", public, ${server.vector_schema}`,
    });
  }
  return findings;
}

async function checkTable(client: ClientBase, table: EmbeddingTable): Promise<Finding[]> {
  const findings: Finding[] = [];
  const found = (level: Finding["level"], message: string) =>
    findings.push({ level, table: table.name, message });
  const catalog = await readCatalog(client, table);
  if (catalog.phase === "absent") {
    const type = columnType(catalog, table.column);
    found(
      "stop",
      catalog.columns.length === 0
        ? `there is no table ${qualified(table)} (a view or a partitioned table will not do). Is the URL right, are the migrations of the app applied (npx prisma migrate deploy)?`
        : `${table.name}.${table.column} is ${type ?? "missing"}, not vector(${table.dimensions}). Correct app/embedding-tables.ts and the SQL of prisma/migrations.`,
    );
    return findings;
  }
  const { rows } = await client.query<{
    owner: boolean;
    owner_name: string;
    primary_key: string[] | null;
    triggers: string[] | null;
  }>(
    `SELECT pg_has_role(c.relowner, 'USAGE') AS owner, pg_get_userbyid(c.relowner) AS owner_name,
            (SELECT array_agg(a.attname::text ORDER BY k.position)
             FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, position), pg_attribute a
             WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid AND a.attnum = k.attnum) AS primary_key,
            (SELECT array_agg(t.tgname::text ORDER BY t.tgname) FROM pg_trigger t
             WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgname NOT LIKE 'zz\\_halfvec%'
               AND t.tgtype & 16 <> 0 AND t.tgenabled <> 'D') AS triggers
     FROM pg_class c WHERE c.oid = $1::regclass`,
    [qualified(table)],
  );
  const facts = rows[0];
  if (facts && !facts.owner) {
    found(
      "stop",
      `only the owner of ${table.name} may change it. As a superuser run: GRANT "${facts.owner_name}" TO the role that migrates`,
    );
  }
  const primaryKey = facts?.primary_key ?? [];
  if (primaryKey.join() !== table.key.join()) {
    found(
      "stop",
      `the primary key of ${table.name} is (${primaryKey.join(", ")}), app/embedding-tables.ts says (${table.key.join(", ")}). Correct it there and in the SQL of prisma/migrations.`,
    );
  }
  if (facts?.triggers) {
    found(
      "warn",
      `${table.name} has triggers that fire for each row that is converted: ${facts.triggers.join(", ")}. Nothing but ${table.twin} changes; make sure that they do not mind.`,
    );
  }
  const phasesWithVectorIndex: Phase[] = ["baseline", "expanded", "indexed"];
  if (phasesWithVectorIndex.includes(catalog.phase) && !validIndexOn(catalog, table.column)) {
    found(
      "warn",
      `${table.name}.${table.column} has no valid HNSW index for cosine distance: searches are slow today, and verify has no recall to compare with`,
    );
  }
  for (const index of catalog.indexes.filter((one) => !one.valid && one.column !== table.twin)) {
    found(
      "warn",
      `the index ${index.name} of ${table.name} is invalid: every write pays for it and no search uses it. Rebuild it with: REINDEX INDEX CONCURRENTLY ${index.name}`,
    );
  }
  return findings;
}

function olderThan(version: string, than: readonly number[]): boolean {
  const parts = version.split(".").map(Number);
  const first = than.findIndex((part, index) => (parts[index] ?? 0) !== part);
  return first >= 0 && (parts[first] ?? 0) < (than[first] ?? 0);
}
