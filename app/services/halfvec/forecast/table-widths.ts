import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { qualified } from "../identifiers.ts";
import { type ColumnShape, TOAST_TARGET } from "./row-layout.ts";
import { type SampledColumn, type SampledValue, sampleRows } from "./sampled-rows.ts";

/** What the bytes of a rewritten table depend on besides its row count. Read from the catalog and from some of its rows. */
export interface TableWidths {
  /** Columns that the table ever had: dropped ones too. */
  attributes: number;
  /** Share of a page of the heap that is filled, in percent. */
  fillfactor: number;
  /** Bytes beyond which long values leave their row: `toast_tuple_target`. */
  toastTarget: number;
  /** In their order. */
  columns: NamedColumn[];
  /** Some rows, with a value for each column. */
  sample: SampledValue[][];
  /** Those whose bytes can be forecast. */
  indexes: BTreeShape[];
}

export interface NamedColumn extends ColumnShape, SampledColumn {
  /** Different values as `pg_stats.n_distinct` has them: a negative one is a share of the rows. Null before the first ANALYZE. */
  distinct: number | null;
}

/** A B-tree over whole columns and all rows. */
export interface BTreeShape {
  name: string;
  /** Its columns by name, those that it only includes too. */
  columns: string[];
  fillfactor: number;
  /** Whether equal keys share an entry. */
  deduplicates: boolean;
  /** All forks, measured. */
  bytes: number;
}

const CATALOG = `
  SELECT c.relnatts AS attributes, ${option("c", "fillfactor", "100")}::int AS fillfactor,
         ${option("c", "toast_tuple_target", String(TOAST_TARGET))}::int AS toast_target,
         pg_relation_size(c.oid) / current_setting('block_size')::int AS blocks,
         (SELECT jsonb_agg(jsonb_build_object(
                   'name', a.attname, 'variable', a.attlen < 0, 'movable', a.attstorage IN ('x', 'e'),
                   'type', format_type(a.atttypid, a.atttypmod),
                   'compressible', a.attstorage = 'x' AND t.typtype <> 'd',
                   'compression', CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END,
                   'align', CASE a.attalign WHEN 'c' THEN 1 WHEN 's' THEN 2 WHEN 'i' THEN 4 ELSE 8 END,
                   'distinct', s.n_distinct) ORDER BY a.attnum)
          FROM pg_attribute a
          JOIN pg_type t ON t.oid = a.atttypid
          LEFT JOIN pg_stats s ON s.schemaname = $2 AND s.tablename = $3 AND s.attname = a.attname AND NOT s.inherited
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
         (SELECT jsonb_agg(jsonb_build_object(
                   'name', ic.relname, 'bytes', pg_table_size(ic.oid),
                   'fillfactor', ${option("ic", "fillfactor", "90")}::int,
                   'columns', (SELECT jsonb_agg(a.attname ORDER BY k.place)
                               FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)
                               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number),
                   'deduplicates', NOT i.indisunique AND i.indnatts = i.indnkeyatts
                     AND ${option("ic", "deduplicate_items", "on")} NOT IN ('off', 'false', 'no', '0') AND NOT EXISTS (
                       SELECT FROM unnest(i.indclass::oid[], i.indcollation::oid[]) AS k(class, locale)
                       JOIN pg_opclass o ON o.oid = k.class
                       LEFT JOIN pg_collation n ON n.oid = k.locale
                       WHERE NOT coalesce(n.collisdeterministic, true) OR NOT EXISTS (
                         -- The function of a type whose equal values are the same bytes.
                         SELECT FROM pg_amproc p
                         WHERE p.amprocfamily = o.opcfamily AND p.amproclefttype = o.opcintype
                           AND p.amprocrighttype = o.opcintype AND p.amprocnum = 4))))
          FROM pg_index i
          JOIN pg_class ic ON ic.oid = i.indexrelid
          JOIN pg_am am ON am.oid = ic.relam
          WHERE i.indrelid = c.oid AND am.amname = 'btree' AND i.indisvalid
            AND i.indpred IS NULL AND i.indexprs IS NULL) AS indexes
  FROM pg_class c WHERE c.oid = $1::regclass`;

function option(relation: string, name: string, otherwise: string): string {
  return `coalesce((SELECT option_value FROM pg_options_to_table(${relation}.reloptions)
                    WHERE option_name = '${name}'), '${otherwise}')`;
}

/**
 * Reads the widths of a table. `pg_stats` has their means only, and nothing at all of the lengths of texts beyond a kilobyte,
 * where rows that differ in length fill a page less than equal ones do: so they are taken from some rows. Reads no TOAST.
 *
 * @throws Error where there is no such table.
 */
export async function readWidths(client: ClientBase, table: EmbeddingTable): Promise<TableWidths> {
  const { rows } = await client.query<{
    attributes: number;
    fillfactor: number;
    toast_target: number;
    blocks: string;
    columns: NamedColumn[];
    indexes: BTreeShape[] | null;
  }>(CATALOG, [qualified(table), table.schema, table.name]);
  const row = rows[0];
  if (!row) throw new Error(`there is no table ${qualified(table)}`);
  return {
    attributes: row.attributes,
    fillfactor: row.fillfactor,
    toastTarget: row.toast_target,
    columns: row.columns,
    sample: await sampleRows(client, table, row.columns, Number(row.blocks)),
    indexes: row.indexes ?? [],
  };
}
