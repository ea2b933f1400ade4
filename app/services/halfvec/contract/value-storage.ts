import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { readCatalog } from "../catalog.ts";
import type { Connections } from "../connections.ts";
import { RefusedError } from "../errors.ts";
import type { Report } from "../events.ts";
import { rewrittenBytes } from "../forecast/rewritten-bytes.ts";
import { valueBytes } from "../forecast/stored-bytes.ts";
import { readWidths } from "../forecast/table-widths.ts";
import { qualified, quoted } from "../identifiers.ts";
import { HALF_PAGE, type ValueStorage } from "../value-storages.ts";
import { runLocking } from "./run-locking.ts";

/** @throws RefusedError where tables would be larger with their values in the rows: by forecast, from sampled rows. */
export async function requireGain(client: ClientBase, tables: readonly EmbeddingTable[]): Promise<void> {
  for (const table of tables) {
    const { rowEstimate } = await readCatalog(client, table);
    const widths = await readWidths(client, table);
    // A table that is contracted already has its halfvecs where a swapped one has them.
    // By the widths alone where nothing was ever counted: which one is larger does not depend on the number.
    const rows = Math.max(rowEstimate, widths.sample.length);
    const basis = { table, phase: "swapped", rows, otherIndexBytes: 0, widths } as const;
    const forecast = (storage: ValueStorage) => rewrittenBytes({ ...basis, storage });
    const [inline, toast] = [forecast("inline"), forecast("toast")];
    // Nothing is known of a table without rows, and nothing is lost.
    if (inline === null || toast === null) continue;
    if (inline.heapBytes + inline.toastBytes <= toast.heapBytes + toast.toastBytes) continue;
    throw new RefusedError(
      `a value of ${table.name} takes ${valueBytes("halfvec", table.dimensions)} bytes, so that its rows would not fit well onto pages of 8 KB, and --storage inline would make the table larger. Nothing was changed. Leave out --storage`,
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
