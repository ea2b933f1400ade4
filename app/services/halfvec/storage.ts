import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import { qualified } from "./identifiers.ts";
import type { Queryable } from "./queryable.ts";
import type { TableBytes } from "./table-bytes.ts";

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

/** Of what is stored or measured, heap, TOAST and all indexes together: what `pg_total_relation_size` says. */
export function totalBytes(figures: StorageFigures): number {
  return (
    figures.heapBytes +
    figures.toastBytes +
    figures.vectorIndexBytes +
    figures.halfvecIndexBytes +
    figures.otherIndexBytes
  );
}

/** The same figures of bytes that were measured just now. Indexes count by the operator class of their first column. */
export function storageFigures({ heap, toast, indexes }: TableBytes): StorageFigures {
  const sumOf = (counts: (operatorClass: string) => boolean) =>
    indexes.filter((index) => counts(index.operatorClass)).reduce((sum, { bytes }) => sum + bytes, 0);
  const ofVector = (name: string) => name.startsWith("vector");
  // The signs that a compact index holds are those of halfvec values.
  const ofHalfvec = (name: string) => name.startsWith("halfvec") || name === "bit_hamming_ops";
  return {
    heapBytes: heap,
    toastBytes: toast,
    vectorIndexBytes: sumOf(ofVector),
    halfvecIndexBytes: sumOf(ofHalfvec),
    otherIndexBytes: sumOf((name) => !ofVector(name) && !ofHalfvec(name)),
  };
}

export interface StoredStorage extends StorageFigures {
  moment: Moment;
  measuredAt: Date;
  /** Of all rows, by the statistics at that time; 0 where there were none. */
  rowEstimate: number;
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

/**
 * The stored measurements of `table`, oldest first.
 * @param relation where they are stored; the bookkeeping goes with contract.
 */
export async function readStorage(
  client: Queryable,
  table: EmbeddingTable,
  relation: "halfvec_migration.storage" | "vector_metrics.past_storage" = "halfvec_migration.storage",
): Promise<StoredStorage[]> {
  const { rows } = await client.query<Record<string, string> & { moment: Moment; measured_at: Date }>(
    `SELECT * FROM ${relation} WHERE table_name = $1 ORDER BY measured_at`,
    [table.name],
  );
  return rows.map((row) => ({
    moment: row.moment,
    measuredAt: row.measured_at,
    rowEstimate: Number(row.row_estimate),
    heapBytes: Number(row.heap_bytes),
    toastBytes: Number(row.toast_bytes),
    vectorIndexBytes: Number(row.vector_index_bytes),
    halfvecIndexBytes: Number(row.halfvec_index_bytes),
    otherIndexBytes: Number(row.other_index_bytes),
  }));
}
