import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import type { Connections } from "../connections.ts";
import { RefusedError } from "../errors.ts";
import type { Report } from "../events.ts";
import { valueBytes } from "../forecast/stored-bytes.ts";
import { qualified, quoted } from "../identifiers.ts";
import { runLocking } from "./run-locking.ts";

/**
 * Where the values of a column are.
 * - `toast`: out of line, as pgvector has it by default: rows are short, and a value is put together from its parts
 * - `inline`: in the row, two rows to a page: a value is read with its row, which is what a compact index does for every
 *   candidate
 */
export const VALUE_STORAGES = ["inline", "toast"] as const;
export type ValueStorage = (typeof VALUE_STORAGES)[number];

/** The most that a row may have for two of them to be on a page of 8 KB, header included (MaximumBytesPerTuple(2)). */
const HALF_PAGE = 4080;
/** Header of a row with bits for the NULLs of up to 72 columns. */
const ROW_HEADER = 32;
/** What is left in the row of a value that went out of line. */
const TOAST_POINTER = 18;

/**
 * @throws RefusedError where a row with its value in it is longer than half a page, however much else goes out of line: then each
 *   would take a whole page.
 */
export async function requireRoomInPages(
  client: ClientBase,
  tables: readonly EmbeddingTable[],
): Promise<void> {
  for (const table of tables) {
    const { rows } = await client.query<{ bytes: string | null }>(
      `SELECT sum(CASE WHEN attlen = -1 THEN ${TOAST_POINTER} ELSE attlen END) AS bytes FROM pg_attribute
       WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attname <> ALL ($2)`,
      [qualified(table), [table.column, table.backup]],
    );
    const value = valueBytes("halfvec", table.dimensions);
    if (ROW_HEADER + value + Number(rows[0]?.bytes ?? 0) <= HALF_PAGE) continue;
    throw new RefusedError(
      `a value of ${table.name} takes ${value} bytes, so that two rows do not fit onto a page of 8 KB, and --storage inline would make the table larger. Nothing was changed. Leave out --storage`,
    );
  }
}

/** Says where values that are written from now on go; a rewrite of the table moves the others. */
export async function setValueStorage(
  connections: Connections,
  table: EmbeddingTable,
  storage: ValueStorage,
  lockTimeoutMs: number,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  // MAIN goes out of line only where a row does not fit onto a page at all; PLAIN would then be refused.
  const [strategy, target] = {
    inline: ["MAIN", `SET (toast_tuple_target = ${HALF_PAGE})`],
    toast: ["EXTERNAL", "RESET (toast_tuple_target)"],
  }[storage];
  const statement = `ALTER TABLE ${qualified(table)} ALTER COLUMN ${quoted(table.column)} SET STORAGE ${strategy}, ${target}`;
  await connections.use("contract", (client) =>
    runLocking(connections, client, table, statement, lockTimeoutMs, report, signal),
  );
}
