import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { qualified } from "../identifiers.ts";

/** Bytes of a table as they are on the disk, measured. */
export interface TableBytes {
  /** The main fork. */
  heap: number;
  /** TOAST with its index; free space map and visibility map of both. */
  toast: number;
  indexes: { name: string; bytes: number }[];
  total: number;
}

export async function measureBytes(client: ClientBase, table: EmbeddingTable): Promise<TableBytes> {
  const { rows } = await client.query<{
    heap: string;
    toast: string;
    total: string;
    indexes: { name: string; bytes: number }[] | null;
  }>(
    `SELECT pg_relation_size(c.oid) AS heap, pg_table_size(c.oid) - pg_relation_size(c.oid) AS toast,
            pg_total_relation_size(c.oid) AS total,
            (SELECT jsonb_agg(jsonb_build_object('name', ic.relname, 'bytes', pg_total_relation_size(ic.oid))
                              ORDER BY ic.relname)
             FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid WHERE i.indrelid = c.oid) AS indexes
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
