import { EMBEDDING_TABLES } from "../../../embedding-tables.ts";
import { env } from "../../../env.server.ts";
import type { EmbeddingColumn } from "../../embedding-columns.server.ts";
import { type CatalogIndex, searchedIndexOn, type TableCatalog } from "../../halfvec/catalog.ts";
import { isToasted, storedBytesPerRow } from "../../halfvec/forecast/stored-bytes.ts";
import { qualified } from "../../halfvec/identifiers.ts";
import type { Queryable } from "../../halfvec/queryable.ts";
import type { LookedAtTable, SharedLook } from "../snapshot/shared-look.server.ts";
import { type HotRelation, isVectorFlag, type MemoryMetrics } from "../vector-metrics.ts";
import { type BufferCache, readBufferCache } from "./buffer-cache.server.ts";
import { readColumn } from "./read-column.ts";

/**
 * What search must keep in memory, and what is in it.
 * @param source the database that `look` reads from: what is found in its buffers is kept under it.
 */
export async function readMemoryMetrics(look: SharedLook, source: Queryable): Promise<MemoryMetrics> {
  const tables = await look.tables();
  const read = await readColumns(look, tables);
  const sharedBuffersBytes = await readSharedBuffers(look.db);
  const buffers = await readBufferCache(look.db, source, sharedBuffersBytes);
  const rows = await look.embeddedRows();
  const files = await readFiles(look.db, read);
  const { rss, heapUsed } = process.memoryUsage();
  return {
    relations: read.map((one, place) =>
      hotRelation(one, files[place] ?? NO_FILES, rows.get(one.table.name) ?? 0, buffers),
    ),
    sharedBuffersBytes,
    bufferCache: buffers.state,
    buffersReadAt: buffers.readAt,
    process: { rssBytes: rss, heapUsedBytes: heapUsed },
  };
}

/** A table, the column that its searches read, and the index they read it by. */
interface ReadTable extends LookedAtTable {
  readonly column: EmbeddingColumn;
  readonly index: CatalogIndex | undefined;
}

async function readColumns(look: SharedLook, tables: readonly LookedAtTable[]): Promise<ReadTable[]> {
  const flag = (await look.flag())?.value;
  const { bookkeeping } = await look.schemas();
  const verified = bookkeeping ? await readVerifiedTables(look.db) : new Set<string>();
  return tables.flatMap(({ table, catalog }) => {
    const wanted = isVectorFlag(flag) ? flag : env.VECTOR_COLUMN;
    const column = readColumn(table, catalog, wanted, verified.has(table.name));
    return column === null ? [] : [{ table, catalog, column, index: searchedIndexOn(catalog, column.name) }];
  });
}

/** The tables whose newest verify is green. */
async function readVerifiedTables(db: Queryable): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ name: string }>(
    `SELECT t.name FROM unnest($1::text[]) AS t (name)
     WHERE (SELECT v.ok FROM halfvec_migration.verifications v
            WHERE v.table_name = t.name ORDER BY v.id DESC LIMIT 1)`,
    [EMBEDDING_TABLES.map(({ name }) => name)],
  );
  return new Set(rows.map(({ name }) => name));
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

const NO_FILES: Files = { index: null, toast: null, toastBytes: 0 };

/** In the order of `tables`. */
async function readFiles(db: Queryable, tables: readonly ReadTable[]): Promise<Files[]> {
  const { rows } = await db.query<{ index: string | null; toast: string | null; toast_bytes: string }>(
    `SELECT (SELECT pg_relation_filenode(i.indexrelid) FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
             WHERE i.indrelid = c.oid AND ic.relname = t.index) AS index,
            pg_relation_filenode(nullif(c.reltoastrelid, 0)) AS toast,
            pg_table_size(c.oid) - pg_relation_size(c.oid) AS toast_bytes
     FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS t (name, index, place)
     LEFT JOIN pg_class c ON c.oid = to_regclass(t.name)
     ORDER BY t.place`,
    [tables.map(({ table }) => qualified(table)), tables.map(({ index }) => index?.name ?? null)],
  );
  const filenode = (text: string | null) => (text === null ? null : Number(text));
  return rows.map((row) => ({
    index: filenode(row.index),
    toast: filenode(row.toast),
    toastBytes: Number(row.toast_bytes ?? 0),
  }));
}

function hotRelation(
  { table, catalog, column, index }: ReadTable,
  files: Files,
  rows: number,
  buffers: BufferCache,
): HotRelation {
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
  return isToasted(type, dimensions) ? storedBytesPerRow(type, dimensions) : 0;
}
