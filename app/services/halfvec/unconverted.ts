import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import { columnType, type TableCatalog } from "./catalog.ts";
import type { Filling } from "./convert/filling.ts";
import type { SetAsideRow } from "./events.ts";
import { literal, qualified, quoted } from "./identifiers.ts";

/**
 * Rows that have an embedding and nothing in the target yet, without those that are set aside. Reads the whole heap,
 * but no vector: about a second for a million rows.
 */
export async function countUnconverted(
  client: ClientBase,
  { table, target, narrows }: Filling,
): Promise<number> {
  const setAside = `EXISTS (SELECT FROM halfvec_migration.set_aside s
                            WHERE s.table_name = ${literal(table.name)} AND s.key = ${keyOf(table)})`;
  const { rows } = await client.query<{ count: string }>(
    `SELECT count(*) FROM ${qualified(table)} t
     WHERE t.${quoted(table.column)} IS NOT NULL AND t.${quoted(target)} IS NULL ${narrows ? `AND NOT ${setAside}` : ""}`,
  );
  return Number(rows[0]?.count ?? 0);
}

/** Whether any row has an embedding in `column`. */
export async function hasEmbeddings(client: ClientBase, table: EmbeddingTable): Promise<boolean> {
  const { rows } = await client.query<{ some: boolean }>(
    `SELECT EXISTS (SELECT FROM ${qualified(table)} WHERE ${quoted(table.column)} IS NOT NULL) AS some`,
  );
  return rows[0]?.some ?? false;
}

/** Rows with an embedding in `column`. */
export async function countEmbedded(client: ClientBase, table: EmbeddingTable): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `SELECT count(${quoted(table.column)}) FROM ${qualified(table)}`,
  );
  return Number(rows[0]?.count ?? 0);
}

/**
 * The rows that are set aside: they still hold a value that halfvec cannot hold. An entry whose row was deleted,
 * emptied or corrected since does not count.
 */
export async function readSetAside(
  client: ClientBase,
  table: EmbeddingTable,
  catalog: Pick<TableCatalog, "columns">,
): Promise<SetAsideRow[]> {
  const key = table.key.map(quoted).join(", ");
  const typed = table.key.map((name) => `${quoted(name)} ${columnType(catalog, name) ?? "text"}`).join(", ");
  const { rows } = await client.query<SetAsideRow>(
    `SELECT s.key, s.reason
     FROM halfvec_migration.set_aside s
     CROSS JOIN LATERAL jsonb_to_record(s.key) AS found(${typed})
     JOIN ${qualified(table)} t USING (${key})
     WHERE s.table_name = $1 AND t.${quoted(table.column)} IS NOT NULL AND t.${quoted(table.twin)} IS NULL
     ORDER BY s.found_at, s.key`,
    [table.name],
  );
  return rows;
}

/** The primary key of row `t` as the jsonb that the trigger stores. */
function keyOf(table: EmbeddingTable): string {
  return `jsonb_build_object(${table.key.map((name) => `${literal(name)}, t.${quoted(name)}`).join(", ")})`;
}
