import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { columnType, type TableCatalog } from "../catalog.ts";
import { qualified, quoted } from "../identifiers.ts";
import type { Change, Dependent } from "./dependent.ts";

/**
 * Publications that send all columns of a table: by itself, with its schema or with all tables. `prattrs` (the list of
 * columns) came with PostgreSQL 15, so it is read as a field that may be missing.
 */
const PUBLICATIONS = `
  SELECT DISTINCT quote_ident(v.pubname) AS name
  FROM pg_publication_tables v
  JOIN pg_publication b ON b.pubname = v.pubname
  WHERE v.schemaname = $1 AND v.tablename = $2
    AND NOT EXISTS (SELECT FROM pg_publication_rel r
                    WHERE r.prpubid = b.oid AND r.prrelid = $3::regclass AND to_jsonb(r) ->> 'prattrs' IS NOT NULL)
  ORDER BY name`;

/**
 * Publications that send whatever columns the table has. A subscriber takes them by name and stops at one that it lacks:
 * so it gets all of them before the migration makes them. One with a list of columns depends on each of them, and is
 * found with the objects of the catalog.
 */
export async function findPublications(
  client: ClientBase,
  table: EmbeddingTable,
  catalog: TableCatalog,
  change: Change,
): Promise<Dependent[]> {
  if (change !== "swap") return [];
  const { rows } = await client.query<{ name: string }>(PUBLICATIONS, [
    table.schema,
    table.name,
    qualified(table),
  ]);
  const expanded = columnType(catalog, table.twin) !== undefined;
  const twin = `ADD COLUMN IF NOT EXISTS ${quoted(table.twin)} halfvec(${table.dimensions})`;
  const backup = `ADD COLUMN IF NOT EXISTS ${quoted(table.backup)} vector(${table.dimensions})`;
  const alter = `ALTER TABLE ${qualified(table)} ${twin}, ${backup}`;
  return rows.map(({ name }) => ({
    table: table.name,
    kind: "publication",
    name,
    effect: "told",
    message: `publication ${name} sends every column of ${table.name}: a subscriber that lacks one stops at the ${expanded ? "swap" : "first write after expand"}, and WAL is kept for it. Before it run on each subscriber: ${alter}`,
    definition: null,
  }));
}
