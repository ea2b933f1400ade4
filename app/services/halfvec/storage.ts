import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import { qualified } from "./identifiers.ts";

/** Turns of the migration at which bytes are measured. `baseline` is measured by the migration itself. */
export const MOMENTS = ["baseline", "expanded", "converted", "indexed", "swapped"] as const;
export type Moment = (typeof MOMENTS)[number];

/** Bytes of one table at one moment. */
export interface StorageFigures {
  heapBytes: number;
  /** TOAST with its index, free space map and visibility map. */
  toastBytes: number;
  vectorIndexBytes: number;
  halfvecIndexBytes: number;
  otherIndexBytes: number;
}

export interface StoredStorage extends StorageFigures {
  moment: Moment;
  measuredAt: Date;
}

/** Measures the bytes of `table` now and stores them under `moment`, in the place of an older measurement. */
export async function measureStorage(
  client: ClientBase,
  table: EmbeddingTable,
  moment: Moment,
): Promise<void> {
  await client.query("SELECT halfvec_migration.measure_storage($1::regclass, $2)", [
    qualified(table),
    moment,
  ]);
}

/** The stored measurements of `table`, oldest first. */
export async function readStorage(client: ClientBase, table: EmbeddingTable): Promise<StoredStorage[]> {
  const { rows } = await client.query<Record<string, string> & { moment: Moment; measured_at: Date }>(
    "SELECT * FROM halfvec_migration.storage WHERE table_name = $1 ORDER BY measured_at",
    [table.name],
  );
  return rows.map((row) => ({
    moment: row.moment,
    measuredAt: row.measured_at,
    heapBytes: Number(row.heap_bytes),
    toastBytes: Number(row.toast_bytes),
    vectorIndexBytes: Number(row.vector_index_bytes),
    halfvecIndexBytes: Number(row.halfvec_index_bytes),
    otherIndexBytes: Number(row.other_index_bytes),
  }));
}
