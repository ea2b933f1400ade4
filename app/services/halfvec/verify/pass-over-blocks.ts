import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { readCatalog } from "../catalog.ts";
import { RefusedError, throwIfAborted } from "../errors.ts";
import { startOfBlock } from "../identifiers.ts";

/** How often a pass begins again because the table was rewritten meanwhile. */
const MOST_REPEATS = 3;

export interface BlockPass<Found> {
  /** Blocks of one statement: so few that no snapshot stands for long. */
  chunkBlocks: number;
  /** What is found before anything is read; asked again where the pass begins again. */
  nothing: () => Found;
  /** Reads the rows with `from <= ctid < to` (tuple identifiers as text) and adds them to `found`. */
  read: (found: Found, from: string, to: string) => Promise<void>;
  /** Blocks read and blocks in all. */
  onProgress: (done: number, total: number) => void;
}

/**
 * Reads every row of `table` in ranges of blocks, each range in a snapshot of its own.
 *
 * A row that moves from a range not read to one already read escapes, and so does one in a block appended since
 * the start, but whoever wrote it there passed the trigger that keeps the two values equal. A rewrite (VACUUM FULL,
 * CLUSTER, pg_repack) moves rows past the triggers, into another file: then the pass begins again.
 *
 * @throws RefusedError where the table was rewritten during each of four passes.
 */
export async function passOverBlocks<Found>(
  client: ClientBase,
  table: EmbeddingTable,
  pass: BlockPass<Found>,
  signal: AbortSignal,
): Promise<Found> {
  let { blocks, relfilenode } = await readCatalog(client, table);
  for (let repeats = 0; repeats <= MOST_REPEATS; repeats += 1) {
    const found = pass.nothing();
    for (let first = 0; first < blocks; first += pass.chunkBlocks) {
      throwIfAborted(signal);
      await pass.read(found, startOfBlock(first), startOfBlock(first + pass.chunkBlocks));
      pass.onProgress(Math.min(blocks, first + pass.chunkBlocks), blocks);
    }
    const after = await readCatalog(client, table);
    if (after.relfilenode === relfilenode) return found;
    ({ blocks, relfilenode } = after);
  }
  throw new RefusedError(
    `${table.name} was rewritten again and again while its rows were read (VACUUM FULL, CLUSTER, pg_repack), so that rows may have been missed. Nothing was changed; run again when that has ended`,
  );
}
