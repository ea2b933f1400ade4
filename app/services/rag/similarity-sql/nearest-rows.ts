import pg from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { columnOf, type SearchedColumn, typeOf } from "./embedding-column.ts";
import { compactRows, type IndexScan, throughIndex } from "./index-scan.ts";
import { bitDistance } from "./quantized-scan.ts";
import { queryVector } from "./query-vector.ts";
import { Parameters, type Statement } from "./statement.ts";

/** A column of text of which only the beginning is read: it may hold megabytes. */
export interface CutColumn {
  readonly name: string;
  /** Most characters. */
  readonly characters: number;
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
  readonly select?: readonly (string | CutColumn)[] | undefined;
}

export interface SearchRequest extends ExactRequest, IndexScan {}

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
  /** Names of the {@link CutColumn}s that hold more than was returned. */
  readonly truncated: readonly string[];
  /** The type that the column had when the statement ran. */
  readonly column_type: string | null;
}

/**
 * The nearest rows by cosine distance through the HNSW index on `column`.
 *
 * Settings of the index scan go with the statement: `set_config(…, true)` in an uncorrelated subquery is run
 * once, before the scan starts, and ends with the statement's own transaction. Rows without an embedding and
 * rows of zeros (their distance is NaN) are not returned. The rows come nearest first.
 *
 * A compact index knows only the sign of each dimension: rows are taken from it by the number of signs that differ, and the
 * nearest of them by the distance of their whole values are the answer.
 */
export function searchStatement(
  table: EmbeddingTable,
  column: SearchedColumn,
  request: SearchRequest,
): Statement {
  const sql = new Parameters();
  const vector = typedVector(sql, table, column, request);
  const distance = `${columnOf(column.name)} <=> ${vector}`;
  const where = throughIndex(sql, column, request);
  const { compact, limit } = request;
  if (compact === undefined) {
    return nearest(sql, table, column, request, { where, distance, orderBy: distance });
  }
  const orderBy = bitDistance(columnOf(column.name), vector, table);
  return nearest(sql, table, column, request, {
    where,
    distance,
    orderBy,
    rows: compactRows(compact, limit),
  });
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
  const distance = `${columnOf(column.name)} <=> ${typedVector(sql, table, column, request)}`;
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
  /** How many rows are taken in that order, where it is another one than that of the distance. */
  readonly rows?: number;
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
  { where, distance, orderBy, rows }: Parts,
): Statement {
  const selected = (request.select ?? []).map((wanted) =>
    typeof wanted === "string" ? { name: wanted } : wanted,
  );
  const columns = [...new Set([...table.key, ...selected.map(({ name }) => name)])];
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
  const beginnings = new Map(
    selected.flatMap((wanted) =>
      "characters" in wanted ? [[wanted.name, `${sql.add(wanted.characters)}::int`]] : [],
    ),
  );
  const threshold = request.minSimilarity;
  const reordered = rows !== undefined;
  const text = `WITH ${reordered ? "candidates" : "nearest"} AS MATERIALIZED (
      SELECT ${columns.map(columnOf).join(", ")},
        ${distance} AS distance, pg_typeof(${columnOf(column.name)})::text AS column_type
      FROM ${pg.escapeIdentifier(table.schema)}.${pg.escapeIdentifier(table.name)} AS e
      WHERE ${filters.join("\n        AND ")}
      ORDER BY ${orderBy}
      LIMIT ${reordered ? `${sql.add(rows)}::int` : limit}
    )${reordered ? `, nearest AS MATERIALIZED (SELECT * FROM candidates ORDER BY distance LIMIT ${limit})` : ""}
    SELECT ${columns.map((name) => answered(name, beginnings.get(name))).join(", ")},
      1 - n.distance AS similarity, found.candidates, n.column_type, ${namesOfLonger(beginnings)} AS truncated
    FROM (SELECT count(*)::int AS candidates FROM nearest) AS found
    ${threshold === undefined ? "JOIN" : "LEFT JOIN"} nearest AS n ON n.distance <> 'NaN'::float8${
      threshold === undefined ? "" : ` AND 1 - n.distance >= ${sql.add(threshold)}::float8`
    }
    ORDER BY n.distance + 0`;
  return { text, values: sql.values };
}

/** A column in the answer; of one that is cut the database reads no more than the beginning. */
function answered(name: string, characters: string | undefined): string {
  const column = pg.escapeIdentifier(name);
  return characters === undefined ? `n.${column}` : `left(n.${column}, ${characters}) AS ${column}`;
}

/** The names of the columns that go on. Their length in bytes is known without reading what is stored apart. */
function namesOfLonger(beginnings: ReadonlyMap<string, string>): string {
  const longer = [...beginnings].map(([name, characters]) => {
    const column = `n.${pg.escapeIdentifier(name)}`;
    const goesOn = `octet_length(${column}) > octet_length(left(${column}, ${characters}))`;
    return `CASE WHEN ${goesOn} THEN ${pg.escapeLiteral(name)} END`;
  });
  return `array_remove(ARRAY[${longer.join(", ")}]::text[], NULL)`;
}

/** The vector of the request as an expression of the column's type. */
function typedVector(
  sql: Parameters,
  table: EmbeddingTable,
  { type }: SearchedColumn,
  { vector }: ExactRequest,
): string {
  const known = typeOf(type, table);
  return `${sql.add(queryVector(vector, type))}::${known}`;
}
