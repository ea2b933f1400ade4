import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import { COPY_HEADER, COPY_TRAILER, copyRow } from "./binary-copy.ts";
import { checkSyntheticOptions } from "./synthetic-options.ts";
import { type SyntheticColumn, type SyntheticRowOptions, syntheticRows } from "./synthetic-rows.ts";

export interface CopySyntheticOptions extends SyntheticRowOptions {
  /** Rows to add. */
  rows: number;
  /** Called every few thousand rows, with rows generated so far. */
  onProgress?: ((rows: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface CopyResult {
  rows: number;
  /** Milliseconds from the start of COPY to its end. */
  milliseconds: number;
}

/** Bytes handed to the connection at once. */
const BUFFER_BYTES = 256 * 1024;

const PROGRESS_EVERY = 2_000;

/**
 * Adds generated rows to an embedding table with one binary COPY. The column takes `vector` or `halfvec`, whichever
 * it is now. With an HNSW index on the table the index is what takes the time (about 2.4 ms a row at 1,536
 * dimensions): see `hnsw-rebuild.server.ts`.
 *
 * All rows appear at once, or none. The same options on the same number of rows in the table make the same rows.
 * @throws {SyntheticOptionsError} before anything is sent
 * @throws the reason of `signal` once it is aborted
 */
export async function copySynthetic(
  client: pg.ClientBase,
  table: EmbeddingTable,
  options: CopySyntheticOptions,
): Promise<CopyResult> {
  checkSyntheticOptions(options);
  const columns = await readColumns(client, table);
  const offset = await countRows(client, table);
  const started = performance.now();
  const names = columns.map((column) => quoted(column.name)).join(", ");
  const target = `${quoted(table.schema)}.${quoted(table.name)}`;
  const stream = client.query(copyFrom(`COPY ${target} (${names}) FROM STDIN (FORMAT binary)`));
  const rows = syntheticRows(table, columns, { ...options, offset });
  await pipeline(Readable.from(copyData(rows, options), { objectMode: false }), stream, {
    ...(options.signal ? { signal: options.signal } : {}),
  });
  return { rows: stream.rowCount, milliseconds: performance.now() - started };
}

function* copyData(rows: Iterator<Buffer[]>, options: CopySyntheticOptions): Generator<Buffer> {
  let parts: Buffer[] = [COPY_HEADER];
  let bytes = 0;
  for (let row = 1; row <= options.rows; row++) {
    const part = copyRow(rows.next().value);
    parts.push(part);
    bytes += part.length;
    if (bytes >= BUFFER_BYTES) {
      yield Buffer.concat(parts);
      parts = [];
      bytes = 0;
    }
    if (row % PROGRESS_EVERY === 0 || row === options.rows) options.onProgress?.(row);
  }
  parts.push(COPY_TRAILER);
  yield Buffer.concat(parts);
}

/** The columns that rows are made for: the live column of embeddings, and what has no default or is known. */
export async function readColumns(client: pg.ClientBase, table: EmbeddingTable): Promise<SyntheticColumn[]> {
  const { rows } = await client.query<SyntheticColumn>(
    `SELECT a.attname AS name, t.typname AS type
     FROM pg_catalog.pg_attribute a
     JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
     WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
       AND t.typname IN ('uuid', 'int4', 'text', 'jsonb', 'vector', 'halfvec')
       AND a.attname NOT IN ($3, $4)
     ORDER BY a.attnum`,
    [table.schema, table.name, table.twin, table.backup],
  );
  if (!rows.some((column) => column.name === table.column)) {
    throw new Error(`${table.schema}.${table.name} has no column ${table.column} of type vector or halfvec`);
  }
  return rows;
}

/** How many rows a table has. */
export async function countRows(client: pg.ClientBase, table: EmbeddingTable): Promise<number> {
  const target = `${quoted(table.schema)}.${quoted(table.name)}`;
  const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ${target}`);
  return Number(rows[0]?.count);
}

/** An identifier as SQL takes it. */
export const quoted = pg.escapeIdentifier;
