import { EMBEDDING_TABLES, type EmbeddingTable } from "../../../embedding-tables.ts";
import { readCatalog, type TableCatalog } from "../../halfvec/catalog.ts";
import type { Queryable } from "../../halfvec/queryable.ts";
import { readSearchFlag, type SearchFlag } from "../../halfvec/settings.ts";
import { estimateEmbeddedRows } from "./embedded-rows.server.ts";
import { MissingError } from "./section-problem.ts";

/** A table of the registry with what the catalog says about it. */
export interface LookedAtTable {
  readonly table: EmbeddingTable;
  readonly catalog: TableCatalog;
}

/** What several parts of a snapshot need: read once, by the first that asks. */
export interface SharedLook {
  readonly db: Queryable;
  /** Whether the bookkeeping of the migration stands, and the schema of our own figures. */
  schemas(): Promise<Schemas>;
  /** Every embedding table. @throws MissingError without the extension `vector`. */
  tables(): Promise<readonly LookedAtTable[]>;
  /** About how many rows of a table have an embedding, by its name; see {@link estimateEmbeddedRows}. */
  embeddedRows(): Promise<ReadonlyMap<string, number>>;
  /** What was decided about the column to search; null where nothing was. */
  flag(): Promise<SearchFlag | null>;
}

interface Schemas {
  readonly bookkeeping: boolean;
  readonly metrics: boolean;
}

interface Found {
  readonly extension: boolean;
  readonly bookkeeping: boolean;
  readonly metrics: boolean;
}

export function lookAt(db: Queryable): SharedLook {
  const found = once(() => readFound(db));
  const tables = once(() => readTables(db, found));
  return {
    db,
    schemas: found,
    tables,
    embeddedRows: once(async () => estimateEmbeddedRows(db, await tables())),
    flag: once(async () => ((await found()).bookkeeping ? readSearchFlag(db) : null)),
  };
}

async function readTables(db: Queryable, found: () => Promise<Found>): Promise<LookedAtTable[]> {
  if (!(await found()).extension) {
    throw new MissingError(
      "extension-missing",
      "The extension vector (pgvector) is not in this database. Install pgvector on the server, then run: CREATE EXTENSION vector",
    );
  }
  const tables: LookedAtTable[] = [];
  for (const table of EMBEDDING_TABLES) tables.push({ table, catalog: await readCatalog(db, table) });
  return tables;
}

async function readFound(db: Queryable): Promise<Found> {
  // Not with to_regclass: it raises an error where the role may not use the schema.
  const { rows } = await db.query<Found>(
    `SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'vector') AS extension,
            ${isThere("halfvec_migration", "settings")} AS bookkeeping,
            ${isThere("vector_metrics", "admin_actions")} AS metrics`,
  );
  return rows[0] ?? { extension: false, bookkeeping: false, metrics: false };
}

function isThere(schema: string, table: string): string {
  return `EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE n.nspname = '${schema}' AND c.relname = '${table}')`;
}

function once<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let reading: Promise<Value> | undefined;
  return () => {
    reading ??= read();
    return reading;
  };
}
