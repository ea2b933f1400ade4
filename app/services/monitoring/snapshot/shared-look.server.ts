import { EMBEDDING_TABLES, type EmbeddingTable } from "../../../embedding-tables.ts";
import { readCatalog, type TableCatalog } from "../../halfvec/catalog.ts";
import { estimateEmbeddedRows } from "../../halfvec/embedded-rows.ts";
import type { Queryable } from "../../halfvec/queryable.ts";
import { readSearchFlag, type SearchFlag } from "../../halfvec/settings.ts";
import type { VerificationFigures } from "../../halfvec/verify/figures.ts";
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
  /** The newest verification of each table that has one. */
  verified(): Promise<readonly VerifiedTable[]>;
  /** What was decided about the column to search; null where nothing was. */
  flag(): Promise<SearchFlag | null>;
}

export interface VerifiedTable {
  readonly table: string;
  readonly verifiedAt: Date;
  readonly figures: VerificationFigures;
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
    verified: once(async () => readVerified(db, await found())),
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

/** The bookkeeping goes with contract, which leaves what was measured to us. */
async function readVerified(db: Queryable, { bookkeeping, metrics }: Schemas): Promise<VerifiedTable[]> {
  if (!bookkeeping && !metrics) return [];
  const newest = bookkeeping
    ? "halfvec_migration.verifications v WHERE v.table_name = t.name ORDER BY v.id DESC LIMIT 1"
    : "vector_metrics.past_verifications v WHERE v.table_name = t.name";
  const { rows } = await db.query<VerifiedTable>(
    `SELECT t.name AS table, v.verified_at AS "verifiedAt", v.figures
     FROM unnest($1::text[]) WITH ORDINALITY AS t (name, place)
     CROSS JOIN LATERAL (SELECT * FROM ${newest}) AS v
     ORDER BY t.place`,
    [EMBEDDING_TABLES.map(({ name }) => name)],
  );
  return rows;
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
