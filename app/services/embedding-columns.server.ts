import { type Database, pool } from "../db.server.ts";
import { COLUMNS_FRESH_MS, type EmbeddingTable } from "../embedding-tables.ts";
import type { VectorColumnFlag } from "../env.server.ts";
import { type IndexProfile, type IndexTuning, notedTuning, tuningInUse } from "./index-tuning.ts";
import { quantizes } from "./rag/similarity-sql/quantized-scan.ts";

export type VectorType = "vector" | "halfvec";

/** A column of embeddings as the catalog describes it. */
export interface EmbeddingColumn<Type extends VectorType = VectorType> {
  readonly name: string;
  readonly type: Type;
  /** Whether a valid, complete HNSW index stands on it by which it can be searched. */
  readonly indexed: boolean;
  /** How that index is to be searched, where it was measured. A compact index counts from then on, and goes before the other. */
  readonly tuned?: TunedIndex;
}

export interface TunedIndex {
  readonly profile: IndexProfile;
  readonly tuning: IndexTuning;
}

/** What an embedding table looks like now. */
export interface EmbeddingColumns {
  /** The column the app reads and writes: `vector` before the swap, `halfvec` after it. */
  readonly live: EmbeddingColumn;
  /** The halfvec column that stands beside it until the swap; verified when the newest verification passed. */
  readonly twin: (EmbeddingColumn<"halfvec"> & { readonly verified: boolean }) | null;
  /** Whether the original values after the swap are still there. */
  readonly backup: boolean;
  /** What the database says about the column to search, where it says something. */
  readonly flag: VectorColumnFlag | null;
  /** Whether the installed pgvector has iterative index scans (0.8.0 and later). */
  readonly iterativeScan: boolean;
}

/** The database has no such table, or the table has no column of embeddings under the name in the registry. */
export class EmbeddingTableMissingError extends Error {
  override readonly name = "EmbeddingTableMissingError";
  readonly table: string;

  constructor(table: EmbeddingTable, lacks: "table" | "column") {
    const relation = `${table.schema}.${table.name}`;
    super(
      lacks === "table"
        ? `There is no table ${relation}: apply the migrations to this database first.`
        : `Table ${relation} has no column "${table.column}" of type vector or halfvec.`,
    );
    this.table = table.name;
  }
}

interface Cached {
  readonly readAt: number;
  readonly columns: Promise<EmbeddingColumns>;
}

const cache = new WeakMap<Database, Map<string, Cached>>();
/** Databases whose bookkeeping schema was there when last looked at: one round trip reads everything. */
const bookkept = new WeakSet<Database>();

/**
 * Which columns of embeddings a table has now, from the catalog, with the search flag and the result of the
 * newest verification. Kept for three seconds per database and table.
 *
 * @throws EmbeddingTableMissingError where the table or its column is not there.
 */
export function readEmbeddingColumns(table: EmbeddingTable, db: Database = pool): Promise<EmbeddingColumns> {
  let tables = cache.get(db);
  if (tables === undefined) {
    tables = new Map();
    cache.set(db, tables);
  }
  const key = cacheKey(table);
  const cached = tables.get(key);
  if (cached !== undefined && performance.now() - cached.readAt < COLUMNS_FRESH_MS) return cached.columns;

  const entry: Cached = { readAt: performance.now(), columns: loadEmbeddingColumns(table, db) };
  tables.set(key, entry);
  entry.columns.catch(() => {
    if (tables.get(key) === entry) tables.delete(key);
  });
  return entry.columns;
}

/** Makes the next reader of this table look at the catalog again, whatever was kept. */
export function forgetEmbeddingColumns(table: EmbeddingTable, db: Database = pool): void {
  cache.get(db)?.delete(cacheKey(table));
}

function cacheKey(table: EmbeddingTable): string {
  return JSON.stringify([table.schema, table.name, table.column, table.twin, table.backup]);
}

interface CatalogIndex {
  readonly profile: IndexProfile;
  readonly comment: string | null;
}

interface CatalogRow {
  readonly present: boolean;
  readonly rows: number;
  readonly live_type: VectorType | null;
  readonly live_indexes: readonly CatalogIndex[];
  readonly twin_there: boolean;
  readonly twin_indexes: readonly CatalogIndex[];
  readonly backup_there: boolean;
  readonly vector_version: string | null;
  readonly bookkept: boolean;
  readonly flag: unknown;
  readonly verified: boolean;
}

async function loadEmbeddingColumns(table: EmbeddingTable, db: Database): Promise<EmbeddingColumns> {
  let row = bookkept.has(db) ? await readWithBookkeeping(table, db) : null;
  if (row === null) {
    row = await readCatalog(table, db, CATALOG_ONLY);
    if (row.bookkept) {
      bookkept.add(db);
      row = (await readWithBookkeeping(table, db)) ?? row;
    }
  }
  if (!row.present) throw new EmbeddingTableMissingError(table, "table");
  if (row.live_type === null) throw new EmbeddingTableMissingError(table, "column");
  return {
    live: { name: table.column, type: row.live_type, ...searchedIndex(row.live_indexes, row.rows) },
    twin: row.twin_there
      ? {
          name: table.twin,
          type: "halfvec",
          ...searchedIndex(row.twin_indexes, row.rows),
          verified: row.verified,
        }
      : null,
    backup: row.backup_there,
    flag: isFlag(row.flag) ? row.flag : null,
    iterativeScan: hasIterativeScan(row.vector_version),
  };
}

/** @param rows of the table, by its statistics */
function searchedIndex(
  indexes: readonly CatalogIndex[],
  rows: number,
): Pick<EmbeddingColumn, "indexed" | "tuned"> {
  const tuned = indexes.flatMap(({ profile, comment }) => {
    const tuning = tuningInUse(profile, notedTuning(comment), rows);
    return tuning === null ? [] : [{ profile, tuning }];
  });
  const best = tuned.find(({ profile }) => profile === "compact") ?? tuned[0];
  const indexed = best !== undefined || indexes.some(({ profile }) => profile === "halfvec");
  return { indexed, ...(best && { tuned: best }) };
}

/** Null where the bookkeeping has left since (contract drops it). */
async function readWithBookkeeping(table: EmbeddingTable, db: Database): Promise<CatalogRow | null> {
  try {
    return await readCatalog(table, db, CATALOG_AND_BOOKKEEPING);
  } catch (error) {
    if (!isUndefinedTable(error)) throw error;
    bookkept.delete(db);
    return null;
  }
}

async function readCatalog(table: EmbeddingTable, db: Database, text: string): Promise<CatalogRow> {
  const values = [table.schema, table.name, table.column, table.twin, table.backup];
  const { rows } = await db.query<CatalogRow>(text, values);
  const row = rows[0];
  if (row === undefined) throw new Error("the catalog query returned no row");
  return row;
}

function isFlag(value: unknown): value is VectorColumnFlag {
  return value === "auto" || value === "vector" || value === "halfvec";
}

function isUndefinedTable(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "42P01";
}

function hasIterativeScan(version: string | null): boolean {
  const [major = 0, minor = 0] = (version ?? "").split(".").map(Number);
  return major > 0 || minor >= 8;
}

/**
 * $1 schema, $2 table, $3 live column, $4 twin, $5 backup. Always one row. An index counts when the planner may
 * use it for every row: valid, HNSW, not partial, either on the bare column alone, with a cosine operator class, or on the signs
 * of that column. Profile `halfvec` stands for the first kind, on a `vector` column too.
 */
function catalogQuery(bookkeeping: string): string {
  return `
    WITH relation AS (
      SELECT c.oid, c.reltuples
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')
    ), embedding AS (
      SELECT a.attname, t.typname, coalesce((
        SELECT jsonb_agg(jsonb_build_object(
          'profile', CASE WHEN i.indkey[0] = 0 THEN 'compact' ELSE 'halfvec' END,
          'comment', pg_catalog.obj_description(i.indexrelid, 'pg_class')) ORDER BY i.indexrelid)
        FROM pg_catalog.pg_index i
        JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
        JOIN pg_catalog.pg_am am ON am.oid = ic.relam
        JOIN pg_catalog.pg_opclass opc ON opc.oid = i.indclass[0]
        WHERE i.indrelid = a.attrelid AND i.indisvalid AND i.indisready AND i.indnkeyatts = 1
          AND i.indpred IS NULL AND am.amname = 'hnsw'
          AND CASE WHEN i.indkey[0] = a.attnum THEN opc.opcname IN ('vector_cosine_ops', 'halfvec_cosine_ops')
                   ELSE i.indkey[0] = 0 AND opc.opcname = 'bit_hamming_ops' AND ${quantizes("i", "a.attnum")} END
      ), '[]') AS indexes
      FROM relation r
      JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
      WHERE t.typname IN ('vector', 'halfvec')
    )
    SELECT
      EXISTS (SELECT FROM relation) AS present,
      coalesce((SELECT reltuples FROM relation), 0)::float8 AS rows,
      (SELECT typname::text FROM embedding WHERE attname = $3) AS live_type,
      coalesce((SELECT indexes FROM embedding WHERE attname = $3), '[]') AS live_indexes,
      EXISTS (SELECT FROM embedding WHERE attname = $4 AND typname = 'halfvec') AS twin_there,
      coalesce((SELECT indexes FROM embedding WHERE attname = $4 AND typname = 'halfvec'), '[]') AS twin_indexes,
      EXISTS (SELECT FROM embedding WHERE attname = $5) AS backup_there,
      (SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'vector') AS vector_version,
      to_regclass('halfvec_migration.settings') IS NOT NULL
        AND to_regclass('halfvec_migration.verifications') IS NOT NULL AS bookkept,
      ${bookkeeping}`;
}

const CATALOG_ONLY = catalogQuery("NULL::jsonb AS flag, false AS verified");

const CATALOG_AND_BOOKKEEPING = catalogQuery(`
      (SELECT value FROM halfvec_migration.settings WHERE name = 'vector_column') AS flag,
      coalesce((
        SELECT ok FROM halfvec_migration.verifications
        WHERE table_schema = $1 AND table_name = $2
        ORDER BY id DESC LIMIT 1
      ), false) AS verified`);
