/** Limits of one request. A text that is over `bytes` on its own still makes a batch, alone. */
export interface BatchLimits {
  /** Most texts. */
  count: number;
  /** Most bytes of UTF-8, over all texts. */
  bytes: number;
}

/** Splits texts into consecutive batches within the limits, in order. */
export function inputBatches(texts: readonly string[], limits: BatchLimits): string[][] {
  const batches: string[][] = [];
  let batch: string[] = [];
  let bytes = 0;
  for (const text of texts) {
    const size = Buffer.byteLength(text);
    if (batch.length > 0 && (batch.length >= limits.count || bytes + size > limits.bytes)) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(text);
    bytes += size;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
