import pg from "pg";
import { toSql } from "pgvector";
import type { EmbeddingTable } from "../../embedding-tables.ts";

/** The column to search and its type: the vector in the request is cast to the type, so that the index serves it. */
export interface SearchedColumn {
  readonly name: string;
  readonly type: "vector" | "halfvec";
}

/** A column whose values are the truth. Where a row has none, the value of `fallback` stands in. */
export interface OriginalColumn extends SearchedColumn {
  readonly fallback?: string;
}

export interface ExactRequest {
  /** `dimensions` finite numbers of any length; cosine similarity looks at the direction only. */
  readonly vector: readonly number[];
  /** Most rows to return. */
  readonly limit: number;
  readonly workspaceId?: string | undefined;
  /** Cosine similarity, -1 to 1, below which nothing is returned. */
  readonly minSimilarity?: number | undefined;
  /** A row matches when its `metadata` contains this (jsonb `@>`). */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** A row matches when this column of it holds this uuid: the rows of one page, of one block. */
  readonly within?: { readonly column: string; readonly id: string } | undefined;
  /** A row matches when this column of it holds none of these uuids. */
  readonly without?: { readonly column: string; readonly ids: readonly string[] } | undefined;
  /** Columns to return besides the key. */
  readonly select?: readonly string[] | undefined;
}

export interface SearchRequest extends ExactRequest {
  /** Size of the candidate list of the HNSW scan, 1 to 1000; never less than `limit`. Left out: the server's setting. */
  readonly efSearch?: number | undefined;
  /** Whether the scan goes on while filters leave fewer than `limit` rows. Needs pgvector 0.8.0. */
  readonly iterativeScan?: boolean | undefined;
}

/** SQL text and its parameters, as `pg` takes them. */
export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

/**
 * One row of an answer: the key columns and the selected ones under their own names, and these.
 *
 * With a `minSimilarity` that no candidate reaches there is one row, with `similarity` null, so that "found
 * nothing near enough" can be told from "found fewer than exist".
 */
export interface SimilarityRow {
  /** 1 - cosine distance; null in the row that only carries `candidates`. */
  readonly similarity: number | null;
  /** How many rows were found before `minSimilarity` was applied. */
  readonly candidates: number;
  /** The type that the column had when the statement ran. */
  readonly column_type: string | null;
}

/** Largest value of `hnsw.ef_search` that pgvector takes. */
const MAX_EF_SEARCH = 1000;

/**
 * The estimated cost of a row, in rows of `generate_series`, that the planner is told (about five units). It
 * counts a row of embeddings as 20 to 30 bytes because the vector itself lies in TOAST, and so takes the
 * sequential scan for cheap: measured on 2,000 rows and a limit of 50, 50 ms where the index takes 8 ms.
 */
const ROW_COST_ROWS = 400;

/**
 * The nearest rows by cosine distance through the HNSW index on `column`.
 *
 * Settings of the index scan go with the statement: `set_config(…, true)` in an uncorrelated subquery is run
 * once, before the scan starts, and ends with the statement's own transaction. Rows without an embedding and
 * rows of zeros (their distance is NaN) are not returned. The rows come nearest first.
 */
export function searchStatement(
  table: EmbeddingTable,
  column: SearchedColumn,
  request: SearchRequest,
): Statement {
  const sql = new Parameters();
  const distance = distanceTo(sql, table, column, request);
  const where = throughIndex(sql, column, request);
  return nearest(sql, table, column, request, { where, distance, orderBy: distance });
}

/** Conditions on the rows of an index scan that carry its settings and the cost of a row, and leave out empty rows. */
function throughIndex(
  sql: Parameters,
  column: SearchedColumn,
  { efSearch, iterativeScan, limit }: Pick<SearchRequest, "efSearch" | "iterativeScan" | "limit">,
): string[] {
  const conditions: string[] = [];
  if (efSearch !== undefined) {
    const candidates = Math.min(MAX_EF_SEARCH, Math.max(efSearch, limit));
    conditions.push(setForStatement(sql, "hnsw.ef_search", String(candidates)));
  }
  if (iterativeScan === true) {
    conditions.push(setForStatement(sql, "hnsw.iterative_scan", "relaxed_order"));
  }
  const embedding = columnOf(column.name);
  conditions.push(`CASE WHEN ${embedding} IS NOT NULL THEN true ELSE (
        SELECT count(*) > 0 FROM generate_series(1, ${ROW_COST_ROWS}) WHERE ${embedding} IS NULL) END`);
  return conditions;
}

/**
 * The nearest rows by cosine distance over every row that matches, without the vector index: the truth that
 * approximate answers are measured against, and the answer within a small workspace. Reads every matching vector.
 */
export function exactStatement(
  table: EmbeddingTable,
  column: SearchedColumn,
  request: ExactRequest,
): Statement {
  const sql = new Parameters();
  const distance = distanceTo(sql, table, column, request);
  return nearest(sql, table, column, request, {
    where: [`${columnOf(column.name)} IS NOT NULL`],
    distance,
    // Only the bare operator can be served by an HNSW index.
    orderBy: `(${distance}) + 0`,
  });
}

interface Parts {
  readonly where: readonly string[];
  readonly distance: string;
  readonly orderBy: string;
}

/**
 * The candidates in index order inside, the threshold outside, where it cannot change how they are found. The
 * outer order is by an expression: an iterative scan in relaxed order does not keep what the planner takes for
 * sorted, and a plain `ORDER BY distance` would be optimized away.
 */
function nearest(
  sql: Parameters,
  table: EmbeddingTable,
  column: SearchedColumn,
  request: ExactRequest,
  { where, distance, orderBy }: Parts,
): Statement {
  const columns = [...new Set([...table.key, ...(request.select ?? [])])];
  const filters = [...where];
  if (request.workspaceId !== undefined) {
    filters.push(`${columnOf("workspace_id")} = ${sql.add(request.workspaceId)}::uuid`);
  }
  if (request.metadata !== undefined) {
    filters.push(`${columnOf("metadata")} @> ${sql.add(JSON.stringify(request.metadata))}::jsonb`);
  }
  if (request.within !== undefined) {
    filters.push(`${columnOf(request.within.column)} = ${sql.add(request.within.id)}::uuid`);
  }
  if (request.without !== undefined) {
    filters.push(`${columnOf(request.without.column)} <> ALL (${sql.add(request.without.ids)}::uuid[])`);
  }
  const limit = `${sql.add(request.limit)}::int`;
  const threshold = request.minSimilarity;
  const text = `WITH nearest AS MATERIALIZED (
      SELECT ${columns.map(columnOf).join(", ")},
        ${distance} AS distance, pg_typeof(${columnOf(column.name)})::text AS column_type
      FROM ${pg.escapeIdentifier(table.schema)}.${pg.escapeIdentifier(table.name)} AS e
      WHERE ${filters.join("\n        AND ")}
      ORDER BY ${orderBy}
      LIMIT ${limit}
    )
    SELECT ${columns.map((name) => `n.${pg.escapeIdentifier(name)}`).join(", ")},
      1 - n.distance AS similarity, found.candidates, n.column_type
    FROM (SELECT count(*)::int AS candidates FROM nearest) AS found
    ${threshold === undefined ? "JOIN" : "LEFT JOIN"} nearest AS n ON n.distance <> 'NaN'::float8${
      threshold === undefined ? "" : ` AND 1 - n.distance >= ${sql.add(threshold)}::float8`
    }
    ORDER BY n.distance + 0`;
  return { text, values: sql.values };
}

/** The parameters of a statement that is being written. */
export class Parameters {
  readonly values: unknown[] = [];

  /** Takes a value, returns its placeholder. */
  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** The only names that go into a text as they are: checked, whatever the description of a table says. */
function typeOf(type: string, { name, dimensions }: EmbeddingTable): string {
  if ((type === "vector" || type === "halfvec") && Number.isInteger(dimensions))
    return `${type}(${dimensions})`;
  throw new TypeError(`${name} is described with the type ${type} of ${dimensions} dimensions: no such type`);
}

function columnOf(name: string): string {
  return `e.${pg.escapeIdentifier(name)}`;
}

function setForStatement(sql: Parameters, setting: string, value: string): string {
  return `(SELECT set_config('${setting}', ${sql.add(value)}, true)) IS NOT NULL`;
}

function distanceTo(
  sql: Parameters,
  table: EmbeddingTable,
  column: SearchedColumn,
  request: ExactRequest,
): string {
  const vector = sql.add(toSql(unitLength(request.vector)));
  return `${columnOf(column.name)} <=> ${vector}::${typeOf(column.type, table)}`;
}

/**
 * The same direction at length 1, so that no value is beyond the range of halfvec (65,504) or lost below it.
 * All zeros stay zeros.
 */
function unitLength(vector: readonly number[]): number[] {
  const largest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) return [...vector];
  const scaled = vector.map((value) => value / largest);
  const length = Math.sqrt(scaled.reduce((sum, value) => sum + value * value, 0));
  return scaled.map((value) => value / length);
}

/**
 * The nearest rows of many queries at once within a range of blocks, exactly: `$1` the query vectors (text[]), `$2` and
 * `$3` the tuple identifiers that bound the range, `$4` how many for each query. Returns the key columns,
 * `query` (position in `$1`, from 0) and `similarity`. Each vector of the range is read once and brought
 * to length 1, after which the inner product is the cosine. Rows of zeros are left out.
 */
export function nearestInRangeStatement(table: EmbeddingTable, column: OriginalColumn): string {
  const key = table.key.map(pg.escapeIdentifier).join(", ");
  const embedding = originalValue(table, column);
  return `
    WITH queries AS MATERIALIZED (
      SELECT position - 1 AS query, l2_normalize(text::${typeOf("vector", table)}) AS unit
      FROM unnest($1::text[]) WITH ORDINALITY AS q(text, position)
    ), candidates AS MATERIALIZED (
      SELECT ${key}, l2_normalize(${embedding}::${typeOf("vector", table)}) AS unit
      FROM ${pg.escapeIdentifier(table.schema)}.${pg.escapeIdentifier(table.name)}
      WHERE ctid >= $2::tid AND ctid < $3::tid AND ${embedding} IS NOT NULL AND vector_norm(${embedding}) > 0
    )
    SELECT queries.query::int, nearest.*
    FROM queries CROSS JOIN LATERAL (
      SELECT ${key}, -(candidates.unit <#> queries.unit) AS similarity
      FROM candidates ORDER BY candidates.unit <#> queries.unit LIMIT $4::int
    ) AS nearest`;
}

/**
 * The exact cosine similarity of given rows to one vector: `$1` the vector, `$2` the keys as a JSON array of objects.
 * Returns the key columns and `similarity`.
 * @param keyTypes PostgreSQL type of each key column, as `format_type` prints it.
 */
export function similaritiesStatement(
  table: EmbeddingTable,
  column: OriginalColumn,
  keyTypes: Readonly<Record<string, string>>,
): string {
  const key = table.key.map(pg.escapeIdentifier).join(", ");
  const typed = table.key.map((name) => `${pg.escapeIdentifier(name)} ${keyTypes[name]}`).join(", ");
  const embedding = originalValue(table, column);
  return `
    SELECT ${key}, 1 - (${embedding} <=> $1::${typeOf(column.type, table)}) AS similarity
    FROM jsonb_to_recordset($2::jsonb) AS wanted(${typed})
    JOIN ${pg.escapeIdentifier(table.schema)}.${pg.escapeIdentifier(table.name)} USING (${key})
    WHERE ${embedding} IS NOT NULL`;
}

/** The value of the column, or what stands in for it, as an SQL expression over unqualified columns. */
export function originalValue(table: EmbeddingTable, { name, type, fallback }: OriginalColumn): string {
  if (fallback === undefined) return pg.escapeIdentifier(name);
  return `coalesce(${pg.escapeIdentifier(name)}, ${pg.escapeIdentifier(fallback)}::${typeOf(type, table)})`;
}

/** How the pages near to a page are looked for. */
export interface SimilarPagesRequest extends Pick<SearchRequest, "efSearch" | "iterativeScan"> {
  /** Expression for the id of the page, of the query around. */
  readonly page: string;
  /** Placeholder of the id of the workspace. */
  readonly workspace: string;
  /** Most pages. */
  readonly pages: number;
  /** Least cosine similarity, 0 to 1. */
  readonly minSimilarity: number;
}

/** Chunks that are read for each page that is wanted: the nearest ones may be of the same page. */
const CHUNKS_PER_PAGE = 4;
/** What a page says after so many chunks changes its average little. */
const AVERAGED_CHUNKS = 100;

/**
 * A query of the pages of a workspace whose chunks are nearest to the average embedding of a page, through the HNSW index,
 * to stand in `LATERAL (…)`: `id` and `similarity`, the nearest first. No row for a page without embeddings. A row of zeros
 * has a distance that is not a number and is no neighbour.
 *
 * @param table one that holds the chunks of pages.
 */
export function similarPagesQuery(
  sql: Parameters,
  table: EmbeddingTable,
  column: SearchedColumn,
  { page, workspace, pages, minSimilarity, ...scan }: SimilarPagesRequest,
): string {
  const from = `${pg.escapeIdentifier(table.schema)}.${pg.escapeIdentifier(table.name)} AS e`;
  const embedding = columnOf(column.name);
  const limit = pages * CHUNKS_PER_PAGE;
  const similarity = `max(1 - near.distance)`;
  return `SELECT near.page_id AS id, ${similarity} AS similarity
    FROM (
      SELECT avg(${embedding}) AS embedding FROM ${from}
      WHERE e.page_id = ${page} AND e.workspace_id = ${workspace} AND e.chunk_index < ${AVERAGED_CHUNKS}
      HAVING count(${embedding}) > 0
    ) AS average
    CROSS JOIN LATERAL (
      SELECT e.page_id, ${embedding} <=> average.embedding AS distance FROM ${from}
      WHERE ${throughIndex(sql, column, { ...scan, limit }).join("\n        AND ")}
        AND e.workspace_id = ${workspace} AND e.page_id <> ${page}
      ORDER BY ${embedding} <=> average.embedding
      LIMIT ${limit}
    ) AS near
    WHERE near.distance <> 'NaN'::float8 AND 1 - near.distance >= ${minSimilarity}
    GROUP BY near.page_id
    ORDER BY similarity DESC, id
    LIMIT ${pages}`;
}
