import type { EmbeddingTable } from "../../embedding-tables.ts";
import { type IndexProfile, tuningOf } from "../index-tuning.ts";
import { quantizes } from "../rag/similarity-sql/quantized-scan.ts";
import { qualified } from "./identifiers.ts";
import type { Phase } from "./phases.ts";
import type { Queryable } from "./queryable.ts";

/** What the system catalog says about one embedding table. Bytes are bytes, rows are the planner's estimate. */
export interface TableCatalog {
  phase: Phase;
  rowEstimate: number;
  /** Blocks of 8 KB in the main fork, and the file they are in: block numbers mean nothing in another file. */
  blocks: number;
  relfilenode: number;
  columns: CatalogColumn[];
  indexes: CatalogIndex[];
  /** Those that fire for every session (ENABLE ALWAYS), as ours do. */
  triggers: string[];
}

export interface CatalogColumn {
  name: string;
  /** As `format_type` prints it: `vector(1536)`, `uuid`. */
  type: string;
  /** Whether values vary in length, so that they make rows longer or shorter. */
  variable: boolean;
  /** Whether its long values stay in their rows (storage PLAIN or MAIN) instead of going into TOAST. */
  inline: boolean;
}

export interface CatalogIndex {
  name: string;
  /** First column, or null for an expression. */
  column: string | null;
  /** The column of whose values it holds the signs: a compact index. */
  quantizes: string | null;
  /** `btree`, `hnsw`, ... */
  method: string;
  operatorClass: string;
  valid: boolean;
  /** Partial indexes serve only some searches. */
  partial: boolean;
  bytes: number;
  /** What people or {@link IndexTuning} say about it. */
  comment: string | null;
}

interface CatalogRow {
  row_estimate: string;
  blocks: string;
  relfilenode: string;
  columns: CatalogColumn[];
  indexes: CatalogIndex[] | null;
  triggers: string[] | null;
}

/** The trigger that keeps a twin equal to its original, until the swap. */
export const KEEP_TWIN = "zz_halfvec_keep_twin";
/** Takes its place at the swap: a backup that is out of date goes. */
export const CLEAR_BACKUP = "zz_halfvec_clear_backup";
/** Takes its place in turn when a rollback begins: every row has a backup again. */
export const KEEP_BACKUP = "zz_halfvec_keep_backup";

const CATALOG = `
  SELECT greatest(c.reltuples, 0)::bigint AS row_estimate,
         pg_relation_size(c.oid) / current_setting('block_size')::int AS blocks,
         pg_relation_filenode(c.oid) AS relfilenode,
         (SELECT jsonb_agg(jsonb_build_object(
                   'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'variable', a.attlen = -1,
                   'inline', a.attlen = -1 AND a.attstorage IN ('p', 'm'))
                   ORDER BY a.attnum)
          FROM pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
         (SELECT jsonb_agg(jsonb_build_object(
                   'name', ic.relname, 'column', a.attname, 'method', am.amname, 'operatorClass', o.opcname,
                   'quantizes', CASE WHEN am.amname = 'hnsw' AND o.opcname = 'bit_hamming_ops' THEN (
                     SELECT q.attname FROM pg_attribute q
                     WHERE q.attrelid = i.indrelid AND q.attnum > 0 AND ${quantizes("i", "q.attnum")}) END,
                   'comment', obj_description(i.indexrelid, 'pg_class'),
                   'valid', i.indisvalid, 'partial', i.indpred IS NOT NULL,
                   'bytes', pg_relation_size(i.indexrelid)) ORDER BY ic.relname)
          FROM pg_index i
          JOIN pg_class ic ON ic.oid = i.indexrelid
          JOIN pg_am am ON am.oid = ic.relam
          JOIN pg_opclass o ON o.oid = i.indclass[0]
          LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] AND i.indkey[0] > 0
          WHERE i.indrelid = c.oid) AS indexes,
         (SELECT jsonb_agg(t.tgname ORDER BY t.tgname)
          FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled = 'A') AS triggers
  FROM pg_class c
  WHERE c.oid = to_regclass($1) AND c.relkind = 'r'`;

/** Reads the catalog of `table`. A table that does not exist has phase `absent` and nothing else. */
export async function readCatalog(client: Queryable, table: EmbeddingTable): Promise<TableCatalog> {
  const { rows } = await client.query<CatalogRow>(CATALOG, [qualified(table)]);
  const row = rows[0];
  if (!row) {
    return {
      phase: "absent",
      rowEstimate: 0,
      blocks: 0,
      relfilenode: 0,
      columns: [],
      indexes: [],
      triggers: [],
    };
  }
  const catalog = {
    rowEstimate: Number(row.row_estimate),
    blocks: Number(row.blocks),
    relfilenode: Number(row.relfilenode),
    columns: row.columns,
    indexes: row.indexes ?? [],
    triggers: row.triggers ?? [],
  };
  return { phase: phaseOf(table, catalog), ...catalog };
}

function phaseOf(table: EmbeddingTable, catalog: Omit<TableCatalog, "phase">): Phase {
  const live = columnType(catalog, table.column);
  if (live === `vector(${table.dimensions})`) {
    if (!columnType(catalog, table.twin)) return "baseline";
    return validIndexOn(catalog, table.twin) ? "indexed" : "expanded";
  }
  if (live === `halfvec(${table.dimensions})`) {
    return columnType(catalog, table.backup) ? "swapped" : "contracted";
  }
  return "absent";
}

/** Whether a rollback has begun on a swapped table: its backup is filled again by every write. */
export function isGoingBack({ phase, triggers }: Pick<TableCatalog, "phase" | "triggers">): boolean {
  return phase === "swapped" && triggers.includes(KEEP_BACKUP);
}

/** Type of a column as `format_type` prints it, or undefined where there is no such column. */
export function columnType(catalog: Pick<TableCatalog, "columns">, name: string): string | undefined {
  return catalog.columns.find((column) => column.name === name)?.type;
}

/** The valid HNSW index for cosine distance over a whole column, or undefined. */
export function validIndexOn(
  catalog: Pick<TableCatalog, "indexes">,
  column: string,
): CatalogIndex | undefined {
  return catalog.indexes.find(
    (index) =>
      index.column === column &&
      index.method === "hnsw" &&
      index.valid &&
      !index.partial &&
      index.operatorClass.endsWith("_cosine_ops"),
  );
}

/** The valid index of a profile over a whole column, measured or not, or undefined. */
export function profileIndexOn(
  catalog: Pick<TableCatalog, "indexes">,
  profile: IndexProfile,
  column: string,
): CatalogIndex | undefined {
  if (profile === "halfvec") return validIndexOn(catalog, column);
  return catalog.indexes.find((index) => index.quantizes === column && index.valid && !index.partial);
}

/** The index by which the app searches a column: a compact one as soon as it is measured. */
export function searchedIndexOn(
  catalog: Pick<TableCatalog, "indexes">,
  column: string,
): CatalogIndex | undefined {
  const compact = profileIndexOn(catalog, "compact", column);
  return compact !== undefined && tuningOf(compact.comment) !== null
    ? compact
    : validIndexOn(catalog, column);
}

/** Which kind of index on halfvec values it is. */
export function profileOf({ quantizes }: Pick<CatalogIndex, "quantizes">): IndexProfile {
  return quantizes === null ? "halfvec" : "compact";
}
