// Of what search must keep in memory; bytes are bytes.

export interface MemoryMetrics {
  readonly relations: readonly HotRelation[];
  readonly sharedBuffersBytes: number;
  /** How the buffers were counted; their counts are null unless it is `read`. `counting`: they are there in a moment. */
  readonly bufferCache: "read" | "not-installed" | "permission" | "too-large" | "timeout" | "counting";
  readonly buffersReadAt: string | null;
  readonly process: { readonly rssBytes: number; readonly heapUsedBytes: number };
}

/** What search of a table must keep hot. */
export interface HotRelation {
  readonly table: string;
  readonly column: string;
  readonly columnType: "vector" | "halfvec";
  readonly indexName: string | null;
  readonly indexBytes: number;
  /** TOAST of the column in use. */
  readonly toastBytes: number;
  /** Whether that is computed from rows and dimensions because the table holds other columns in its TOAST too. */
  readonly toastForecast: boolean;
  /** Shared buffers that hold the index and the TOAST of the table, in bytes. */
  readonly bufferedBytes: number | null;
}
