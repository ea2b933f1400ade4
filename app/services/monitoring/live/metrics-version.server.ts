import { createHash } from "node:crypto";
import type { VectorMetrics } from "../vector-metrics.ts";

/** A name of what figures say: another one as soon as a reader would see a difference. Times of reading do not count. */
export function versionOf(metrics: VectorMetrics): string {
  const said = JSON.stringify(metrics, (key, value: unknown) => (UNSEEN.has(key) ? undefined : value));
  return createHash("sha256").update(said).digest("base64url").slice(0, 16);
}

/** They differ at every reading, though nothing has changed. */
const UNSEEN: ReadonlySet<string> = new Set([
  "takenAt",
  "databaseMilliseconds",
  "buffersReadAt",
  "rssBytes",
  "heapUsedBytes",
]);
