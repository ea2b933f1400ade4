import type { EmbeddingTable } from "../../embedding-tables.ts";
import type { SearchedColumn } from "./similarity-sql/embedding-column.ts";
import type { IndexScan } from "./similarity-sql/index-scan.ts";
import { similarPagesQuery } from "./similarity-sql/similar-pages.ts";
import { Parameters, type Statement } from "./similarity-sql/statement.ts";

/** Where a walk over the pages of a workspace begins and how far it goes. */
export interface WalkRequest extends IndexScan {
  readonly workspaceId: string;
  /** Pages with the score each begins with, 0 to 1. Those that the workspace has not are left out. */
  readonly starts: readonly { readonly pageId: string; readonly score: number }[];
  /** Most steps from a start. */
  readonly depth: number;
  /** Most pages in all, the starts among them. */
  readonly limit: number;
}

/** A page that a walk came to. */
export interface WalkedPage {
  readonly id: string;
  readonly title: string;
  readonly score: number;
  /** Steps on the best path. */
  readonly depth: number;
  /** The page before it on the best path, and what leads from there; null for a start. */
  readonly via: string | null;
  readonly kind: "link" | "similar" | null;
}

/** What each step leaves of a score, before the weight of the edge: 1 for a link, the similarity for a neighbour. */
const DECAY = 0.5;
/** Links that are followed from a page in each direction, the oldest: a hub does not fill the picture by itself. */
const LINKS_PER_PAGE = 20;
/** Neighbours by embedding that are followed from a page. */
const SIMILAR_PER_PAGE = 5;
/** Pages from which each step goes on, those with the best score: it bounds the searches of the vector index. */
const FOLLOWED_PER_STEP = 12;
/** Most pages that a walk may begin at. */
export const MAX_STARTS = FOLLOWED_PER_STEP;

/**
 * Below this similarity of a chunk to a page's average two pages have nothing to do with each other: of all pairs of 40
 * READMEs, 95 in 100 are above 0.42 with the local model. The nearest few of the others are shown, however near.
 */
const LEAST_SIMILARITY = 0.3;

/**
 * The pages around others, by links in both directions and by nearness of their embeddings, each with the score of the best path:
 * the start's score times, for every step, half the weight of the edge.
 *
 * The working table of the recursion has one row a step, which carries everything that was reached so far: a page
 * stands in it once, so neither cycles nor the number of paths make it longer, and a page goes on only from the step in which
 * it was reached or got a better score.
 *
 * @param table one that holds the chunks of pages.
 */
export function walkStatement(
  table: EmbeddingTable,
  column: SearchedColumn,
  request: WalkRequest,
): Statement {
  const sql = new Parameters();
  const workspace = `${sql.add(request.workspaceId)}::uuid`;
  const starts = `${sql.add(request.starts.map(({ pageId }) => pageId))}::uuid[]`;
  const scores = `${sql.add(request.starts.map(({ score }) => score))}::float8[]`;
  const depth = `${sql.add(request.depth)}::int`;
  const limit = `${sql.add(request.limit)}::int`;
  const similar = similarPagesQuery(sql, table, column, {
    page: "f.id",
    workspace,
    pages: SIMILAR_PER_PAGE,
    minSimilarity: LEAST_SIMILARITY,
    efSearch: request.efSearch,
    iterativeScan: request.iterativeScan,
    compact: request.compact,
  });
  const best = "ORDER BY score DESC, id";
  const text = `WITH RECURSIVE walk (step, ids, scores, depths, vias, kinds, followed, followed_scores) AS (
      SELECT 0, ids, scores, array_fill(0, ARRAY[size]), array_fill(NULL::uuid, ARRAY[size]),
        array_fill(NULL::text, ARRAY[size]), ids[:${FOLLOWED_PER_STEP}], scores[:${FOLLOWED_PER_STEP}]
      FROM (
        SELECT array_agg(id ${best}) AS ids, array_agg(score ${best}) AS scores, count(*)::int AS size
        FROM (
          SELECT p.id, max(start.score) AS score
          FROM unnest(${starts}, ${scores}) AS start (id, score)
          JOIN pages p ON p.id = start.id AND p.workspace_id = ${workspace}
          GROUP BY p.id ORDER BY score DESC, p.id LIMIT ${limit}
        ) AS known
      ) AS starts
      WHERE size > 0
      UNION ALL
      SELECT walk.step + 1, next.*
      FROM walk CROSS JOIN LATERAL (
        SELECT array_agg(id ${best}), array_agg(score ${best}), array_agg(depth ${best}),
          array_agg(via ${best}), array_agg(kind ${best}),
          (array_agg(id ${best}) FILTER (WHERE depth > walk.step))[:${FOLLOWED_PER_STEP}],
          (array_agg(score ${best}) FILTER (WHERE depth > walk.step))[:${FOLLOWED_PER_STEP}]
        FROM (
          SELECT * FROM (
            SELECT DISTINCT ON (id) * FROM (
              SELECT * FROM unnest(walk.ids, walk.scores, walk.depths, walk.vias, walk.kinds)
                AS known (id, score, depth, via, kind)
              UNION ALL
              SELECT p.id, f.score * ${DECAY} * edge.weight, walk.step + 1, f.id, edge.kind
              FROM unnest(walk.followed, walk.followed_scores) AS f (id, score)
              CROSS JOIN LATERAL (
                (SELECT target_page_id AS id, 1::float8 AS weight, 'link' AS kind FROM page_links
                 WHERE source_page_id = f.id ORDER BY created_at, target_page_id LIMIT ${LINKS_PER_PAGE})
                UNION ALL
                (SELECT source_page_id, 1, 'link' FROM page_links
                 WHERE target_page_id = f.id ORDER BY created_at, source_page_id LIMIT ${LINKS_PER_PAGE})
                UNION ALL
                SELECT near.id, least(near.similarity, 1), 'similar' FROM (${similar}) AS near
              ) AS edge
              JOIN pages p ON p.id = edge.id AND p.workspace_id = ${workspace}
            ) AS reached
            ORDER BY id, score DESC, depth, kind, via
          ) AS once
          ${best} LIMIT ${limit}
        ) AS kept
      ) AS next
      WHERE walk.step < ${depth} AND walk.followed IS NOT NULL
    )
    SELECT node.*, p.title
    FROM (SELECT * FROM walk ORDER BY step DESC LIMIT 1) AS last
    CROSS JOIN LATERAL unnest(last.ids, last.scores, last.depths, last.vias, last.kinds)
      AS node (id, score, depth, via, kind)
    JOIN pages p ON p.id = node.id AND p.workspace_id = ${workspace}
    ORDER BY node.score DESC, node.id`;
  return { text, values: sql.values };
}

/** A page beside another: one it links to, one that links to it, or one that is near by embedding. */
export interface BesidePage {
  readonly kind: "to" | "from" | "similar";
  readonly id: string;
  readonly title: string;
  /** Cosine similarity of its nearest chunk to the average of the page; null for a link. */
  readonly similarity: number | null;
  /** How many there are of a kind of link. */
  readonly total: number;
}

/** The pages one step from a page, at most `limit` of each kind, links by title, the nearest first. */
export function besideStatement(
  table: EmbeddingTable,
  column: SearchedColumn,
  { workspaceId, pageId, limit, ...scan }: IndexScan & { workspaceId: string; pageId: string; limit: number },
): Statement {
  const sql = new Parameters();
  const workspace = `${sql.add(workspaceId)}::uuid`;
  const page = `${sql.add(pageId)}::uuid`;
  const most = `${sql.add(limit)}::int`;
  const similar = similarPagesQuery(sql, table, column, {
    page,
    workspace,
    // Those that are linked already are left out.
    pages: limit * 2,
    minSimilarity: LEAST_SIMILARITY,
    ...scan,
  });
  const text = `WITH linked AS (
      SELECT 'to' AS kind, target_page_id AS id FROM page_links WHERE source_page_id = ${page}
      UNION ALL
      SELECT 'from', source_page_id FROM page_links WHERE target_page_id = ${page}
    ), links AS (
      SELECT l.kind, p.id, p.title, count(*) OVER (PARTITION BY l.kind)::int AS total,
        row_number() OVER (PARTITION BY l.kind ORDER BY lower(p.title), p.id) AS place
      FROM linked l JOIN pages p ON p.id = l.id AND p.workspace_id = ${workspace}
      WHERE p.id <> ${page}
    )
    SELECT kind, id, title, NULL::float8 AS similarity, total, place FROM links WHERE place <= ${most}
    UNION ALL
    (SELECT 'similar', p.id, p.title, near.similarity, 0, row_number() OVER (ORDER BY near.similarity DESC, p.id)
     FROM (${similar}) AS near JOIN pages p ON p.id = near.id AND p.workspace_id = ${workspace}
     WHERE NOT EXISTS (SELECT FROM linked WHERE linked.id = p.id)
     ORDER BY near.similarity DESC, p.id LIMIT ${most})
    ORDER BY kind, place`;
  return { text, values: sql.values };
}
