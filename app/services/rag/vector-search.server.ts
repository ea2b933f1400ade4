import { type Database, pool } from "../../db.server.ts";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import { type EmbeddingColumn, forgetEmbeddingColumns } from "../embedding-columns.server.ts";
import { recordSearch } from "../monitoring/latency/record-search.server.ts";
import { readInShadow } from "../monitoring/shadow/shadow-read.server.ts";
import { onSearchedColumn, type ReadColumn } from "./read-searched-column.server.ts";
import { checkSearch, EVERY_WORKSPACE, type VectorSearch } from "./search-request.ts";
import { HIT_CHARACTERS, HIT_TITLE_CHARACTERS, type SearchSource, searchSourceOf } from "./search-sources.ts";
import {
  type CutColumn,
  exactStatement,
  type SimilarityRow,
  searchStatement,
} from "./similarity-sql/nearest-rows.ts";
import type { Statement } from "./similarity-sql/statement.ts";

export interface SearchHit {
  /** The primary key; several key columns are joined by a comma. */
  readonly key: string;
  /** Cosine similarity, -1 to 1. */
  readonly similarity: number;
  readonly workspaceId: string;
  /** The beginning of the text that was embedded, at most `HIT_CHARACTERS` of it. */
  readonly text: string;
  /** Whether the text goes on. */
  readonly truncated: boolean;
  /** At most `HIT_TITLE_CHARACTERS`. */
  readonly title: string | null;
  /** Id of the page, block, row or document that the text is a part of. */
  readonly sourceId: string;
  readonly pageId: string | null;
  /** Place of the text among those of its source, from 0; null where the source has one text. */
  readonly chunkIndex: number | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface SearchAnswer {
  /** Most similar first. */
  readonly hits: readonly SearchHit[];
  /** The column that answered. */
  readonly column: EmbeddingColumn;
  /** Whether the index found too few under the filters and every matching row was compared. */
  readonly exact: boolean;
  /** Whether the limit was reached: there may be further rows, less similar than the last. */
  readonly more: boolean;
  /** Time of the whole search with its wait for a connection, in milliseconds. */
  readonly milliseconds: number;
}

/**
 * The rows of one embedding table that are nearest to a vector by cosine similarity.
 *
 * The column that `onSearchedColumn` says answers. With a filter, an answer shorter than `limit` is completed by
 * comparing every row that matches the filters.
 *
 * @throws InvalidSearchError before anything is sent; EmbeddingTableMissingError; errors of `pg` otherwise.
 */
export async function searchEmbeddings(search: VectorSearch, db: Database = pool): Promise<SearchAnswer> {
  const request = checkSearch(search);
  const started = performance.now();
  const answer = await onSearchedColumn(request.table, db, (column) => searchOnce(request, column, db));
  const milliseconds = performance.now() - started;
  // What runs on another connection measures something of its own.
  if (db === pool) {
    const { name: table } = request.table;
    recordSearch({ table, columnType: answer.column.type, shadow: false, milliseconds });
    readInShadow(request.table, answer, (column, other) => searchOnce(request, column, other));
  }
  return { ...answer, milliseconds };
}

async function searchOnce(
  request: VectorSearch,
  { column, sent, scan }: ReadColumn,
  db: Database,
): Promise<Omit<SearchAnswer, "milliseconds">> {
  const { table } = request;
  const source = searchSourceOf(table);
  const workspaceId = request.workspaceId === EVERY_WORKSPACE ? undefined : request.workspaceId;
  const without = request.exceptSources && { column: source.source, ids: request.exceptSources };
  const wanted = { ...request, workspaceId, without, select: selected(source) };
  const few = request.within !== undefined;
  const near = few
    ? []
    : await rowsOf(
        searchStatement(table, sent, {
          ...wanted,
          ...scan,
          ...(request.efSearch !== undefined && { efSearch: request.efSearch, tuned: undefined }),
        }),
        db,
      );
  const filtered =
    few || workspaceId !== undefined || request.metadata !== undefined || without !== undefined;
  const exact = filtered && candidatesOf(near) < request.limit;
  const rows = exact ? await rowsOf(exactStatement(table, sent, wanted), db) : near;
  // A renamed column still answers where an implicit cast helps, though not always from its index.
  if (rows.some((row) => row.column_type !== null && row.column_type !== column.type)) {
    forgetEmbeddingColumns(table, db);
  }
  const hits = rows.flatMap((row) => toHit(row, table, source));
  return { hits, column, exact, more: hits.length === request.limit };
}

interface Row extends SimilarityRow, Readonly<Record<string, unknown>> {}

async function rowsOf(statement: Statement, db: Database): Promise<Row[]> {
  const { rows } = await db.query<Row>(statement.text, statement.values);
  return rows;
}

function candidatesOf(rows: readonly Row[]): number {
  return rows[0]?.candidates ?? 0;
}

function selected({ text, title, source, page, chunk }: SearchSource): (string | CutColumn)[] {
  const columns = ["workspace_id", "metadata", source, page, chunk].filter((name) => name !== undefined);
  const cut = { name: text, characters: HIT_CHARACTERS };
  return [
    ...columns,
    cut,
    ...(title === undefined ? [] : [{ name: title, characters: HIT_TITLE_CHARACTERS }]),
  ];
}

function toHit(row: Row, table: EmbeddingTable, source: SearchSource): SearchHit[] {
  if (row.similarity === null) return [];
  return [
    {
      key: table.key.map((name) => String(row[name])).join(","),
      similarity: row.similarity,
      workspaceId: String(row.workspace_id),
      text: String(row[source.text]),
      truncated: row.truncated.includes(source.text),
      title: source.title === undefined ? null : String(row[source.title]),
      sourceId: String(row[source.source]),
      pageId: source.page === undefined ? null : String(row[source.page]),
      chunkIndex: source.chunk === undefined ? null : Number(row[source.chunk]),
      metadata: row.metadata as Record<string, unknown>,
    },
  ];
}
