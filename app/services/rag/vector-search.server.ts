import { setTimeout as delay } from "node:timers/promises";
import { type Database, pool } from "../../db.server.ts";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import { env } from "../../env.server.ts";
import {
  type EmbeddingColumn,
  type EmbeddingColumns,
  forgetEmbeddingColumns,
  readEmbeddingColumns,
} from "../embedding-columns.server.ts";
import { sentType } from "../sent-type.ts";
import { checkSearch, type VectorSearch } from "./search-request.ts";
import { SEARCH_SOURCES, type SearchSource } from "./search-sources.ts";
import { searchedColumn } from "./searched-column.ts";
import { exactStatement, type SimilarityRow, type Statement, searchStatement } from "./similarity-sql.ts";

export interface SearchHit {
  /** The primary key; several key columns are joined by a comma. */
  readonly key: string;
  /** Cosine similarity, -1 to 1. */
  readonly similarity: number;
  readonly workspaceId: string;
  /** The text that was embedded. */
  readonly text: string;
  readonly title: string | null;
  /** Id of the page, block, row or document that the text is a part of. */
  readonly sourceId: string;
  readonly pageId: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface SearchAnswer {
  /** Most similar first. */
  readonly hits: readonly SearchHit[];
  /** The column that answered. */
  readonly column: EmbeddingColumn;
  /** Whether the index found too few under the filters and every matching row was compared. */
  readonly exact: boolean;
  /** Time of the whole search with its wait for a connection, in milliseconds. */
  readonly milliseconds: number;
}

/** Columns that changed their name or type under the statement: what a swap looks like to a reader. */
const COLUMNS_CHANGED = new Set(["42703", "42883", "42804", "0A000"]);
/** Waits before each further try, in milliseconds. */
const RETRY_DELAYS_MS = [0, 20, 100, 300];

/**
 * The rows of one embedding table that are nearest to a vector by cosine similarity.
 *
 * Which column answers follows the flag (`VECTOR_COLUMN`, overridden by the row `vector_column` in
 * `halfvec_migration.settings`) and the catalog. A swap or a rollback while the app runs is seen as an unknown
 * column or operator: the catalog is read again and the search repeated. With a workspace or metadata filter an
 * answer shorter than `limit` is completed by comparing every row that matches the filters.
 *
 * @throws InvalidSearchError before anything is sent; EmbeddingTableMissingError; errors of `pg` otherwise.
 */
export async function searchEmbeddings(search: VectorSearch, db: Database = pool): Promise<SearchAnswer> {
  const request = checkSearch(search);
  const started = performance.now();
  for (let attempt = 0; ; attempt += 1) {
    try {
      const columns = await readEmbeddingColumns(request.table, db);
      const answer = await searchOnce(request, columns, db);
      return { ...answer, milliseconds: performance.now() - started };
    } catch (error) {
      const wait = RETRY_DELAYS_MS[attempt];
      if (wait === undefined || !isColumnChange(error)) throw error;
      forgetEmbeddingColumns(request.table, db);
      await delay(wait);
    }
  }
}

async function searchOnce(
  request: VectorSearch,
  columns: EmbeddingColumns,
  db: Database,
): Promise<Omit<SearchAnswer, "milliseconds">> {
  const { table } = request;
  const flag = columns.flag ?? env.VECTOR_COLUMN;
  const column = searchedColumn(columns, flag);
  const searched = { name: column.name, type: sentType(column.type, flag) };
  const source = sourceOf(table);
  const wanted = { ...request, select: selected(source) };
  const near = await rowsOf(
    searchStatement(table, searched, {
      ...wanted,
      efSearch: request.efSearch ?? env.HNSW_EF_SEARCH,
      iterativeScan: columns.iterativeScan,
    }),
    db,
  );
  const filtered = request.workspaceId !== undefined || request.metadata !== undefined;
  const exact = filtered && candidatesOf(near) < request.limit;
  const rows = exact ? await rowsOf(exactStatement(table, searched, wanted), db) : near;
  // A renamed column still answers where an implicit cast helps, though not always from its index.
  if (rows.some((row) => row.column_type !== null && row.column_type !== column.type)) {
    forgetEmbeddingColumns(table, db);
  }
  return { hits: rows.flatMap((row) => toHit(row, table, source)), column, exact };
}

interface Row extends SimilarityRow, Readonly<Record<string, unknown>> {}

async function rowsOf(statement: Statement, db: Database): Promise<Row[]> {
  const { rows } = await db.query<Row>(statement.text, statement.values);
  return rows;
}

function candidatesOf(rows: readonly Row[]): number {
  return rows[0]?.candidates ?? 0;
}

function sourceOf(table: EmbeddingTable): SearchSource {
  const source = SEARCH_SOURCES.find((known) => known.table.name === table.name);
  if (source === undefined) throw new Error(`Nothing says how to show hits of table ${table.name}.`);
  return source;
}

function selected(source: SearchSource): string[] {
  const columns = ["workspace_id", "metadata", source.text, source.source, source.page, source.title];
  return columns.filter((name) => name !== undefined);
}

function toHit(row: Row, table: EmbeddingTable, source: SearchSource): SearchHit[] {
  if (row.similarity === null) return [];
  return [
    {
      key: table.key.map((name) => String(row[name])).join(","),
      similarity: row.similarity,
      workspaceId: String(row.workspace_id),
      text: String(row[source.text]),
      title: source.title === undefined ? null : String(row[source.title]),
      sourceId: String(row[source.source]),
      pageId: source.page === undefined ? null : String(row[source.page]),
      metadata: row.metadata as Record<string, unknown>,
    },
  ];
}

function isColumnChange(error: unknown): boolean {
  return error instanceof Error && "code" in error && COLUMNS_CHANGED.has(String(error.code));
}
