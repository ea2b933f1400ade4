import { sqlState } from "../../halfvec/errors.ts";
import { quoted } from "../../halfvec/identifiers.ts";
import type { Queryable } from "../../halfvec/queryable.ts";
import type { MemoryMetrics } from "../vector-metrics.ts";

/** The view reads the header of every buffer: so often, in milliseconds, and no more than so many bytes of them. */
const READ_EVERY_MS = 30_000;
const LARGEST_BYTES = 2 * 1024 ** 3;

/** What was found in the shared buffers of a server. */
export interface BufferCache {
  readonly state: MemoryMetrics["bufferCache"];
  readonly readAt: string | null;
  /** Bytes in shared buffers of a relation of this database, by the number of its file. */
  bytesOf(filenode: number): number | null;
}

const kept = new WeakMap<Queryable, { readonly found: BufferCache; readonly readAt: number }>();

/**
 * Which relations of this database are in shared buffers. Kept for half a minute.
 * @param db where to ask.
 * @param kind what the answer is kept for: the same object for the same database.
 */
export async function readBufferCache(
  db: Queryable,
  kind: Queryable,
  sharedBuffers: number,
): Promise<BufferCache> {
  const last = kept.get(kind);
  if (last && performance.now() - last.readAt < READ_EVERY_MS) return last.found;
  const found = await countBuffers(db, sharedBuffers);
  kept.set(kind, { found, readAt: performance.now() });
  return found;
}

async function countBuffers(db: Queryable, sharedBuffers: number): Promise<BufferCache> {
  const { rows } = await db.query<{ schema: string; block: number }>(
    `SELECT n.nspname AS schema, current_setting('block_size')::int AS block
     FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_buffercache'`,
  );
  const [installed] = rows;
  if (!installed) return unread("not-installed");
  if (sharedBuffers > LARGEST_BYTES) return unread("too-large");
  try {
    const counted = await db.query<{ filenode: string; buffers: string }>(
      `SELECT relfilenode AS filenode, count(*) AS buffers FROM ${quoted(installed.schema)}.pg_buffercache
       WHERE reldatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
       GROUP BY relfilenode`,
    );
    const bytes = new Map(
      counted.rows.map((row) => [Number(row.filenode), Number(row.buffers) * installed.block]),
    );
    return {
      state: "read",
      readAt: new Date().toISOString(),
      bytesOf: (filenode) => bytes.get(filenode) ?? 0,
    };
  } catch (error) {
    if (sqlState(error) === "42501") return unread("permission");
    if (sqlState(error) === "57014") return unread("timeout");
    throw error;
  }
}

function unread(state: BufferCache["state"]): BufferCache {
  return { state, readAt: null, bytesOf: () => null };
}
