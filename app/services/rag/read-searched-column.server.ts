import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "../../db.server.ts";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import { env } from "../../env.server.ts";
import {
  type EmbeddingColumn,
  forgetEmbeddingColumns,
  readEmbeddingColumns,
} from "../embedding-columns.server.ts";
import { sentType } from "../sent-type.ts";
import { scanSettings } from "./scan-settings.server.ts";
import { searchedColumn } from "./searched-column.ts";
import type { SearchedColumn } from "./similarity-sql/embedding-column.ts";
import type { IndexScan } from "./similarity-sql/index-scan.ts";

/** The column that answers a search now. */
export interface ReadColumn {
  readonly column: EmbeddingColumn;
  /** The same with the type as which a vector is sent to it. */
  readonly sent: SearchedColumn;
  /** How its index is searched. */
  readonly scan: IndexScan;
}

/** Columns that changed their name or type under the statement: what a swap looks like to a reader. */
const COLUMNS_CHANGED = new Set(["42703", "42883", "42804", "0A000"]);
/** Waits before each further try, in milliseconds. */
const RETRY_DELAYS_MS = [0, 20, 100, 300];

/**
 * Reads from the column of a table that searches read. Which one that is follows the flag (`VECTOR_COLUMN`, overridden by
 * the row `vector_column` in `halfvec_migration.settings`) and the catalog. A swap or a rollback while the app runs is
 * seen as an unknown column or operator: the catalog is read again and `read` repeated.
 *
 * @throws EmbeddingTableMissingError; what `read` throws.
 */
export async function onSearchedColumn<Result>(
  table: EmbeddingTable,
  db: Database,
  read: (column: ReadColumn) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const columns = await readEmbeddingColumns(table, db);
      const flag = columns.flag ?? env.VECTOR_COLUMN;
      const column = searchedColumn(columns, flag);
      const sent = { name: column.name, type: sentType(column.type, flag) };
      return await read({ column, sent, scan: scanSettings(column, columns) });
    } catch (error) {
      const wait = RETRY_DELAYS_MS[attempt];
      if (wait === undefined || !isColumnChange(error)) throw error;
      forgetEmbeddingColumns(table, db);
      await delay(wait);
    }
  }
}

function isColumnChange(error: unknown): boolean {
  return error instanceof Error && "code" in error && COLUMNS_CHANGED.has(String(error.code));
}
