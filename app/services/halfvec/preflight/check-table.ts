import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { columnType, readCatalog, validIndexOn } from "../catalog.ts";
import { qualified, quoted } from "../identifiers.ts";
import type { Phase } from "../phases.ts";
import { type Finding, stop, warn } from "./finding.ts";

const PHASES_WITH_VECTOR_INDEX: readonly Phase[] = ["baseline", "expanded", "indexed"];

interface TableFacts {
  primary_key: string[] | null;
  triggers: string[] | null;
  /** Tables that inherit from it or that it inherits from, partitioned ones too. */
  relatives: string[] | null;
  row_type: string | null;
}

/** Whether the table is what the registry says and the migrations can change: its shape, key, triggers, indexes. */
export async function checkTable(client: ClientBase, table: EmbeddingTable): Promise<Finding[]> {
  const catalog = await readCatalog(client, table);
  if (catalog.phase === "absent") {
    const type = columnType(catalog, table.column);
    const message =
      catalog.columns.length === 0
        ? `there is no table ${qualified(table)} (a view or a partitioned table will not do). Is the URL right, are the migrations of the app applied (npx prisma migrate deploy)?`
        : `${table.name}.${table.column} is ${type ?? "missing"}, not vector(${table.dimensions}). Correct app/embedding-tables.ts and the SQL of prisma/migrations.`;
    return [stop(message, table.name)];
  }
  const { rows } = await client.query<TableFacts>(
    `SELECT (SELECT array_agg(a.attname::text ORDER BY k.position)
             FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, position), pg_attribute a
             WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid AND a.attnum = k.attnum) AS primary_key,
            (SELECT array_agg(t.tgname::text ORDER BY t.tgname) FROM pg_trigger t
             WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgname NOT LIKE 'zz\\_halfvec%'
               AND t.tgtype & 16 <> 0 AND t.tgenabled <> 'D') AS triggers,
            (SELECT array_agg(CASE h.inhrelid WHEN c.oid THEN h.inhparent ELSE h.inhrelid END::regclass::text)
             FROM pg_inherits h WHERE c.oid IN (h.inhrelid, h.inhparent)) AS relatives,
            (SELECT c.reloftype::regtype::text WHERE c.reloftype <> 0) AS row_type
     FROM pg_class c WHERE c.oid = $1::regclass`,
    [qualified(table)],
  );
  const facts = rows[0];
  const findings: Finding[] = [];
  if (facts?.relatives) {
    findings.push(
      stop(
        `${table.name} is a partition, or there is inheritance between it and ${facts.relatives.join(", ")}: columns of such tables cannot be moved one by one. Detach it first (ALTER TABLE ... DETACH PARTITION, or NO INHERIT)`,
        table.name,
      ),
    );
  }
  if (facts?.row_type) {
    findings.push(
      stop(
        `${table.name} is a table OF ${facts.row_type}, which cannot get a column. Run: ALTER TABLE ${qualified(table)} NOT OF`,
        table.name,
      ),
    );
  }
  const primaryKey = facts?.primary_key ?? [];
  if (primaryKey.join() !== table.key.join()) {
    findings.push(
      stop(
        `the primary key of ${table.name} is (${primaryKey.join(", ")}), app/embedding-tables.ts says (${table.key.join(", ")}). Correct it there and in the SQL of prisma/migrations.`,
        table.name,
      ),
    );
  }
  if (facts?.triggers) {
    findings.push(
      warn(
        `${table.name} has triggers that fire for each row that is converted: ${facts.triggers.join(", ")}. Nothing but ${table.twin} changes; make sure that they do not mind.`,
        table.name,
      ),
    );
  }
  if (PHASES_WITH_VECTOR_INDEX.includes(catalog.phase) && !validIndexOn(catalog, table.column)) {
    findings.push(
      warn(
        `${table.name}.${table.column} has no valid HNSW index for cosine distance: searches are slow today, and verify has no recall to compare with`,
        table.name,
      ),
    );
  }
  for (const index of catalog.indexes.filter((one) => !one.valid && one.column !== table.twin)) {
    findings.push(
      warn(
        `the index ${index.name} of ${table.name} is invalid: every write pays for it and no search uses it. Rebuild it with: REINDEX INDEX CONCURRENTLY ${quoted(table.schema)}.${quoted(index.name)}`,
        table.name,
      ),
    );
  }
  return findings;
}
