import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import { columnType, type TableCatalog } from "./catalog.ts";
import type { Filling } from "./convert/filling.ts";
import type { SetAsideRow } from "./events.ts";
import { literal, qualified, quoted } from "./identifiers.ts";
import type { Queryable } from "./queryable.ts";

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
  client: Queryable,
  table: EmbeddingTable,
  catalog: Pick<TableCatalog, "columns">,
): Promise<SetAsideRow[]> {
  const { rows } = await client.query<SetAsideRow>(
    `SELECT s.key, s.reason FROM halfvec_migration.set_aside s ${holdingStill(table, catalog)}
     WHERE s.table_name = $1 ORDER BY s.found_at, s.key`,
    [table.name],
  );
  return rows;
}

/** Some of the rows that are set aside, however many there are. */
export interface SetAsideSample {
  /** Those that count among the first entries that were looked at. */
  rows: number;
  /** Whether there are entries that were not looked at. */
  more: boolean;
  examples: SetAsideRow[];
}

/** As {@link readSetAside}, by key, of the first `most` entries alone: it costs so many look-ups by key. */
export async function sampleSetAside(
  client: Queryable,
  table: EmbeddingTable,
  catalog: Pick<TableCatalog, "columns">,
  { most, examples }: { most: number; examples: number },
): Promise<SetAsideSample> {
  const { rows } = await client.query<{ entries: number; rows: number; examples: SetAsideRow[] | null }>(
    `WITH entries AS MATERIALIZED (
       SELECT key, reason FROM halfvec_migration.set_aside WHERE table_name = $1 ORDER BY key LIMIT $2 + 1
     ), counted AS (
       SELECT s.key, s.reason, row_number() OVER (ORDER BY s.key) AS place
       FROM (SELECT * FROM entries ORDER BY key LIMIT $2) AS s ${holdingStill(table, catalog)}
     )
     SELECT (SELECT count(*)::int FROM entries) AS entries, count(*)::int AS rows,
            jsonb_agg(jsonb_build_object('key', key, 'reason', reason) ORDER BY place)
              FILTER (WHERE place <= $3) AS examples
     FROM counted`,
    [table.name, most, examples],
  );
  const row = rows[0];
  return { rows: row?.rows ?? 0, more: (row?.entries ?? 0) > most, examples: row?.examples ?? [] };
}

/** Joins an entry `s` with its row `t`, where that has an embedding and no twin. */
function holdingStill(table: EmbeddingTable, catalog: Pick<TableCatalog, "columns">): string {
  const typed = table.key.map((name) => `${quoted(name)} ${columnType(catalog, name) ?? "text"}`).join(", ");
  return `CROSS JOIN LATERAL jsonb_to_record(s.key) AS found(${typed})
          JOIN ${qualified(table)} t ON (${table.key.map((name) => `t.${quoted(name)} = found.${quoted(name)}`).join(" AND ")})
            AND t.${quoted(table.column)} IS NOT NULL AND t.${quoted(table.twin)} IS NULL`;
}

/** The primary key of row `t` as the jsonb that the trigger stores. */
function keyOf(table: EmbeddingTable): string {
  return `jsonb_build_object(${table.key.map((name) => `${literal(name)}, t.${quoted(name)}`).join(", ")})`;
}
