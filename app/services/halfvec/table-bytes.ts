import type { EmbeddingTable } from "../../embedding-tables.ts";
import { qualified } from "./identifiers.ts";
import type { Queryable } from "./queryable.ts";

/** Bytes of a table as they are on the disk, measured. `total` is the sum of the others. */
export interface TableBytes {
  /** The main fork. */
  heap: number;
  /** TOAST with its index; free space map and visibility map of both. */
  toast: number;
  /** By name. */
  indexes: IndexBytes[];
  total: number;
}

export interface IndexBytes {
  name: string;
  /** First column, or null for an expression. */
  column: string | null;
  /** `btree`, `hnsw`, ... */
  method: string;
  /** Of its first column. */
  operatorClass: string;
  valid: boolean;
  /** All forks. */
  bytes: number;
}

/** Measures the bytes of `table` now. @throws Error where there is no such table. */
export async function measureBytes(client: Queryable, table: EmbeddingTable): Promise<TableBytes> {
  const { rows } = await client.query<{
    heap: string;
    toast: string;
    total: string;
    indexes: IndexBytes[] | null;
  }>(
    `SELECT pg_relation_size(c.oid) AS heap, pg_table_size(c.oid) - pg_relation_size(c.oid) AS toast,
            pg_total_relation_size(c.oid) AS total,
            (SELECT jsonb_agg(jsonb_build_object(
                      'name', ic.relname, 'column', a.attname, 'method', am.amname, 'operatorClass', o.opcname,
                      'valid', i.indisvalid, 'bytes', pg_table_size(ic.oid)) ORDER BY ic.relname)
             FROM pg_index i
             JOIN pg_class ic ON ic.oid = i.indexrelid
             JOIN pg_am am ON am.oid = ic.relam
             JOIN pg_opclass o ON o.oid = i.indclass[0]
             LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] AND i.indkey[0] > 0
             WHERE i.indrelid = c.oid) AS indexes
     FROM pg_class c WHERE c.oid = $1::regclass`,
    [qualified(table)],
  );
  const row = rows[0];
  if (!row) throw new Error(`there is no table ${qualified(table)}`);
  return {
    heap: Number(row.heap),
    toast: Number(row.toast),
    indexes: row.indexes ?? [],
    total: Number(row.total),
  };
}
