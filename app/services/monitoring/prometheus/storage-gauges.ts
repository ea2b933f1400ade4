import type { StorageFigures } from "../../halfvec/storage.ts";
import type { MemoryMetrics, StorageComparison, StorageMetrics } from "../vector-metrics.ts";
import type { Gauges } from "./gauges.ts";

const PARTS = [
  ["heap", "heapBytes"],
  ["toast", "toastBytes"],
  ["vector_index", "vectorIndexBytes"],
  ["halfvec_index", "halfvecIndexBytes"],
  ["other_indexes", "otherIndexBytes"],
] as const satisfies [string, keyof StorageFigures][];

const SAVED = ["table", "index", "total"] as const;

/** What the tables take, moment by moment. */
export function setStorageGauges(gauges: Gauges, { tables, total }: StorageMetrics): void {
  for (const { table, indexes, ...moments } of tables) {
    setMoments(gauges, table, moments);
    for (const { name: index, bytes } of indexes) {
      gauges.set("halfvec_migration_index_bytes", "Size of an index now.", { table, index }, bytes);
    }
  }
  for (const [moment, saved] of [
    ["now", total.reduction?.now],
    ["after_forecast", total.reduction?.after],
  ] as const) {
    for (const part of SAVED) {
      gauges.set(
        "halfvec_migration_storage_reduction_ratio",
        "Share of the bytes before expand that is saved; below 0 where there are more.",
        { moment, part },
        saved?.[part] ?? null,
      );
    }
  }
}

function setMoments(
  gauges: Gauges,
  table: string,
  { before, peak, now, after }: Omit<StorageComparison, "reduction">,
): void {
  const moments = { before, peak, now, after_forecast: after };
  for (const [moment, figures] of Object.entries(moments)) {
    for (const [part, figure] of PARTS) {
      gauges.set(
        "halfvec_migration_storage_bytes",
        "Size of a table before expand, at its largest, now, and computed for after contract and a rewrite.",
        { table, moment, part },
        figures === null ? null : figures[figure],
      );
    }
  }
}

/** What search must keep in memory. The memory of the process is among the default metrics of prom-client. */
export function setMemoryGauges(gauges: Gauges, { relations, sharedBuffersBytes }: MemoryMetrics): void {
  gauges.set(
    "halfvec_migration_shared_buffers_bytes",
    "shared_buffers of the server.",
    {},
    sharedBuffersBytes,
  );
  for (const { table, columnType, indexBytes, toastBytes, bufferedBytes } of relations) {
    const kind = { table, column_type: columnType };
    const parts = { index: indexBytes, toast: toastBytes };
    for (const [part, bytes] of Object.entries(parts)) {
      gauges.set(
        "halfvec_migration_hot_bytes",
        "What search of a table must keep in memory: its index, and the TOAST of the column in use.",
        { ...kind, part },
        bytes,
      );
    }
    gauges.set(
      "halfvec_migration_buffered_bytes",
      "Shared buffers that hold that index and the TOAST of the table.",
      kind,
      bufferedBytes,
    );
  }
}
