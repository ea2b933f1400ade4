import pg from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { columnOf, type SearchedColumn } from "./embedding-column.ts";
import { compactRows, type IndexScan, throughIndex } from "./index-scan.ts";
import { bitDistance } from "./quantized-scan.ts";
import type { Parameters } from "./statement.ts";

/** How the pages near to a page are looked for. */
export interface SimilarPagesRequest extends IndexScan {
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
  const distance = `${embedding} <=> average.embedding`;
  const { compact } = scan;
  const [order, rows] =
    compact === undefined
      ? [distance, limit]
      : [bitDistance(embedding, "average.embedding", table), compactRows(compact, limit)];
  return `SELECT near.page_id AS id, ${similarity} AS similarity
    FROM (
      SELECT avg(${embedding}) AS embedding FROM ${from}
      WHERE e.page_id = ${page} AND e.workspace_id = ${workspace} AND e.chunk_index < ${AVERAGED_CHUNKS}
      HAVING count(${embedding}) > 0
    ) AS average
    CROSS JOIN LATERAL (
      SELECT e.page_id, ${distance} AS distance FROM ${from}
      WHERE ${throughIndex(sql, column, { ...scan, limit }).join("\n        AND ")}
        AND e.workspace_id = ${workspace} AND e.page_id <> ${page}
      ORDER BY ${order}
      LIMIT ${rows}
    ) AS near
    WHERE near.distance <> 'NaN'::float8 AND 1 - near.distance >= ${minSimilarity}
    GROUP BY near.page_id
    ORDER BY similarity DESC, id
    LIMIT ${pages}`;
}
