import { sqlState } from "../../halfvec/errors.ts";
import { quoted } from "../../halfvec/identifiers.ts";
import type { Queryable } from "../../halfvec/queryable.ts";
import type { MemoryMetrics } from "../vector-metrics.ts";

/** The view reads the header of every buffer: so often, in milliseconds, and no more than so many bytes of them. */
const READ_EVERY_MS = 30_000;
const LARGEST_BYTES = 8 * 1024 ** 3;
/** Up to so many it is waited for (measured: 118 ms for 2 GB); with more it is counted for the next who asks. */
const PROMPT_BYTES = 256 * 1024 ** 2;

/** What was found in the shared buffers of a server. */
export interface BufferCache {
  readonly state: MemoryMetrics["bufferCache"];
  readonly readAt: string | null;
  /** Bytes in shared buffers of a relation of this database, by the number of its file. */
  bytesOf(filenode: number): number | null;
}

const kept = new WeakMap<Queryable, { found: BufferCache; readonly readAt: number }>();

/**
 * Which relations of this database are in shared buffers. Kept for half a minute.
 * @param source the database that `db` measures: what is found is kept under it, and counted on it by the side.
 * @param sharedBuffers bytes
 */
export async function readBufferCache(
  db: Queryable,
  source: Queryable,
  sharedBuffers: number,
): Promise<BufferCache> {
  const last = kept.get(source);
  if (last && performance.now() - last.readAt < READ_EVERY_MS) return last.found;
  const view = await findView(db);
  if (view === null) return unread("not-installed");
  if (sharedBuffers > LARGEST_BYTES) return unread("too-large");
  const reading = { found: last?.found ?? unread("counting"), readAt: performance.now() };
  kept.set(source, reading);
  if (sharedBuffers <= PROMPT_BYTES) {
    reading.found = await countBuffers(db, view);
  } else {
    void countBuffers(source, view)
      // Whoever asks next is told by the rest of the snapshot that the database is away.
      .catch(() => unread("timeout"))
      .then((found) => {
        reading.found = found;
      });
  }
  return reading.found;
}

interface View {
  /** Quoted, with its schema. */
  readonly name: string;
  /** Bytes of a buffer. */
  readonly block: number;
}

async function findView(db: Queryable): Promise<View | null> {
  const { rows } = await db.query<{ schema: string; block: number }>(
    `SELECT n.nspname AS schema, current_setting('block_size')::int AS block
     FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_buffercache'`,
  );
  const [found] = rows;
  return found ? { name: `${quoted(found.schema)}.pg_buffercache`, block: found.block } : null;
}

async function countBuffers(db: Queryable, { name, block }: View): Promise<BufferCache> {
  try {
    const { rows } = await db.query<{ filenode: string; buffers: string }>(
      `SELECT relfilenode AS filenode, count(*) AS buffers FROM ${name}
       WHERE reldatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
       GROUP BY relfilenode`,
    );
    const bytes = new Map(rows.map((row) => [Number(row.filenode), Number(row.buffers) * block]));
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
