import type pg from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import {
  type CopyResult,
  type CopySyntheticOptions,
  countRows,
  quoted,
  readColumns,
} from "./copy-synthetic.server.ts";
import { checkSyntheticOptions } from "./synthetic-options.ts";
import { syntheticRows } from "./synthetic-rows.ts";

/** Rows a statement: about half a megabyte at 1,536 dimensions. */
const ROWS_PER_STATEMENT = 64;

/**
 * Adds the same rows as {@link copySynthetic} with many-row INSERTs. Slower; for a server that cannot take COPY from
 * a client. The fields go as binary parameters, so no vector is written out as text.
 * @throws {SyntheticOptionsError} before anything is sent
 * @throws the reason of `signal` once it is aborted
 */
export async function insertSynthetic(
  client: pg.ClientBase,
  table: EmbeddingTable,
  options: CopySyntheticOptions,
): Promise<CopyResult> {
  checkSyntheticOptions(options);
  const columns = await readColumns(client, table);
  const rows = syntheticRows(table, columns, { ...options, offset: await countRows(client, table) });
  const names = columns.map(({ name }) => quoted(name)).join(", ");
  const started = performance.now();
  for (let done = 0; done < options.rows; ) {
    options.signal?.throwIfAborted();
    const count = Math.min(ROWS_PER_STATEMENT, options.rows - done);
    const fields = Array.from({ length: count }, () => rows.next().value);
    const values = fields.map((_, row) => {
      const parameters = columns.map(({ type }, column) => `$${row * columns.length + column + 1}::${type}`);
      return `(${parameters.join(", ")})`;
    });
    await client.query(
      `INSERT INTO ${quoted(table.schema)}.${quoted(table.name)} (${names}) VALUES ${values.join(", ")}`,
      fields.flat(),
    );
    done += count;
    options.onProgress?.(done);
  }
  return { rows: options.rows, milliseconds: performance.now() - started };
}

/**
 * Whether the server takes COPY from a client. The embedded one (PGlite behind its socket) does not, and ends the
 * connection when it is tried; its `version()` names the compiler that made it WebAssembly.
 */
export async function takesCopy(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ version: string }>("SELECT version()");
  return !/emscripten|wasm|emcc/i.test(rows[0]?.version ?? "");
}
