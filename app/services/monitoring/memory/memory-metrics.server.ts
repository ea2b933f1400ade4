import { env } from "../../../env.server.ts";
import { type EmbeddingColumn, readEmbeddingColumns } from "../../embedding-columns.server.ts";
import { type TableCatalog, validIndexOn } from "../../halfvec/catalog.ts";
import { storedBytesPerRow, valueBytes } from "../../halfvec/forecast.ts";
import { qualified } from "../../halfvec/identifiers.ts";
import type { Queryable } from "../../halfvec/queryable.ts";
import { searchedColumn } from "../../rag/searched-column.ts";
import type { LookedAtTable, SharedLook } from "../snapshot/shared-look.server.ts";
import { estimateEmbeddedRows } from "../storage/embedded-rows.server.ts";
import type { HotRelation, MemoryMetrics } from "../vector-metrics.ts";
import { type BufferCache, readBufferCache } from "./buffer-cache.server.ts";

/**
 * What search must keep in memory, and what is in it. What a swap moves is seen after the three seconds for which the
 * app keeps what it knows of the columns.
 * @param source the database that `look` reads from: what is found in its buffers is kept under it.
 */
export async function readMemoryMetrics(look: SharedLook, source: Queryable): Promise<MemoryMetrics> {
  const tables = (await look.tables()).filter(({ catalog }) => catalog.phase !== "absent");
  const sharedBuffersBytes = await readSharedBuffers(look.db);
  const buffers = await readBufferCache(look.db, source, sharedBuffersBytes);
  const rows = await estimateEmbeddedRows(look.db, tables);
  const relations: HotRelation[] = [];
  for (const looked of tables) {
    const columns = await readEmbeddingColumns(looked.table, look.db);
    const column = searchedColumn(columns, columns.flag ?? env.VECTOR_COLUMN);
    const files = await readFiles(look.db, looked, column);
    relations.push(hotRelation(looked, column, files, rows.get(looked.table.name) ?? 0, buffers));
  }
  const { rss, heapUsed } = process.memoryUsage();
  return {
    relations,
    sharedBuffersBytes,
    bufferCache: buffers.state,
    buffersReadAt: buffers.readAt,
    process: { rssBytes: rss, heapUsedBytes: heapUsed },
  };
}

async function readSharedBuffers(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ bytes: string }>(
    "SELECT pg_size_bytes(current_setting('shared_buffers')) AS bytes",
  );
  return Number(rows[0]?.bytes ?? 0);
}

/** The relations that a search reads, and the numbers of their files. */
interface Files {
  readonly index: number | null;
  readonly toast: number | null;
  readonly toastBytes: number;
}

async function readFiles(
  db: Queryable,
  { table, catalog }: LookedAtTable,
  column: EmbeddingColumn,
): Promise<Files> {
  const { rows } = await db.query<{ index: string | null; toast: string | null; toast_bytes: string }>(
    `SELECT (SELECT pg_relation_filenode(i.indexrelid) FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
             WHERE i.indrelid = c.oid AND ic.relname = $2) AS index,
            pg_relation_filenode(nullif(c.reltoastrelid, 0)) AS toast,
            pg_table_size(c.oid) - pg_relation_size(c.oid) AS toast_bytes
     FROM pg_class c WHERE c.oid = to_regclass($1)`,
    [qualified(table), validIndexOn(catalog, column.name)?.name ?? null],
  );
  const [row] = rows;
  const filenode = (text: string | null | undefined) => (text == null ? null : Number(text));
  return {
    index: filenode(row?.index),
    toast: filenode(row?.toast),
    toastBytes: Number(row?.toast_bytes ?? 0),
  };
}

function hotRelation(
  { table, catalog }: LookedAtTable,
  column: EmbeddingColumn,
  files: Files,
  rows: number,
  buffers: BufferCache,
): HotRelation {
  const index = validIndexOn(catalog, column.name);
  const alone = isAloneInToast(catalog, column.name);
  const computed = inToast(column.type, table.dimensions) * rows;
  const buffered = [files.index, files.toast].map((file) => (file === null ? 0 : buffers.bytesOf(file)));
  return {
    table: table.name,
    column: column.name,
    columnType: column.type,
    indexName: index?.name ?? null,
    indexBytes: index?.bytes ?? 0,
    toastBytes: Math.round(alone ? files.toastBytes : computed),
    toastForecast: !alone,
    bufferedBytes: buffered.reduce<number | null>(
      (sum, bytes) => (sum === null || bytes === null ? null : sum + bytes),
      0,
    ),
  };
}

/** Whether nothing else in the table can come into its TOAST. */
function isAloneInToast({ columns }: TableCatalog, column: string): boolean {
  return columns.every(({ name, variable }) => name === column || !variable);
}

/** Bytes of one value in TOAST: none where values are so short that they stay in their row. */
function inToast(type: EmbeddingColumn["type"], dimensions: number): number {
  const stored = storedBytesPerRow(type, dimensions);
  return stored === valueBytes(type, dimensions) ? 0 : stored;
}
