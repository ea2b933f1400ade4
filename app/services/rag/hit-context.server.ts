import type { Database } from "../../db.server.ts";
import { HIT_TITLE_CHARACTERS } from "./search-sources.ts";
import type { SearchType } from "./search-types.ts";

/** Most characters of what stands before and after a hit: a chunk is no longer, a block may be. */
const CONTEXT_CHARACTERS = 1_200;

/** What stands around the text of a hit; null at the beginning, at the end, and where the source has one text only. */
export interface HitContext {
  /** The end of it, at most 1,200 characters. */
  readonly before: string | null;
  /** The beginning of it, at most 1,200 characters. */
  readonly after: string | null;
  /** Of a block: the heading above it. */
  readonly heading: string | null;
}

interface Position {
  readonly type: SearchType;
  readonly sourceId: string;
  readonly chunkIndex: number | null;
}

/**
 * What stands around hits of a workspace, in the order of the hits: the chunks before and after each; around a block of
 * one chunk the neighbouring blocks of its page. One query.
 */
export async function readHitContext(
  workspaceId: string,
  hits: readonly Position[],
  db: Database,
): Promise<HitContext[]> {
  const chunked = hits.filter(({ chunkIndex }) => chunkIndex !== null);
  // To plan a type takes longer than to read it.
  const parts = CONTEXTS.filter(({ type }) => chunked.some((hit) => hit.type === type));
  if (parts.length === 0) return hits.map(() => NONE);
  const { rows } = await db.query<HitContext & { type: SearchType; id: string; chunk: number }>(
    `${HITS} ${parts.map(({ query }) => query).join(" UNION ALL ")}`,
    [
      workspaceId,
      chunked.map(({ type }) => type),
      chunked.map(({ sourceId }) => sourceId),
      chunked.map(({ chunkIndex }) => chunkIndex),
    ],
  );
  const found = new Map(
    rows.map(({ type, id, chunk, ...context }) => [
      placeOf({ type, sourceId: id, chunkIndex: chunk }),
      context,
    ]),
  );
  return hits.map((hit) => found.get(placeOf(hit)) ?? NONE);
}

const NONE: HitContext = { before: null, after: null, heading: null };

function placeOf({ type, sourceId, chunkIndex }: Position): string {
  return `${type} ${sourceId} ${chunkIndex}`;
}

/** Of a text before a hit the end, of one after it the beginning. */
function near(distance: -1 | 1, text: string): string {
  return `${distance < 0 ? "right" : "left"}(${text}, ${CONTEXT_CHARACTERS})`;
}

/** The chunk at a distance from that of hit `h`. */
function chunkAt(distance: -1 | 1, table: string, source: string): string {
  return `(SELECT ${near(distance, "e.chunk_text")} FROM ${table} e
      WHERE e.${source} = h.id AND e.workspace_id = $1 AND e.chunk_index = h.chunk + (${distance})
      ORDER BY e.id LIMIT 1)`;
}

/** $1 the workspace, $2 types, $3 ids, $4 places of the chunks. */
const HITS =
  "WITH hits AS (SELECT * FROM unnest($2::text[], $3::uuid[], $4::int[]) AS hit (type, id, chunk))";

/** What stands around the {@link HITS} of a type. A block that is not on a page of the workspace has no neighbours. */
const CONTEXTS: readonly { readonly type: SearchType; readonly query: string }[] = [
  {
    type: "pages",
    query: `
  SELECT h.*, ${chunkAt(-1, "page_embeddings", "page_id")} AS before,
    ${chunkAt(1, "page_embeddings", "page_id")} AS after, NULL AS heading
  FROM hits h WHERE h.type = 'pages'`,
  },
  {
    type: "rows",
    query: `
  SELECT h.*, ${chunkAt(-1, "database_row_embeddings", "row_id")} AS before,
    ${chunkAt(1, "database_row_embeddings", "row_id")} AS after, NULL AS heading
  FROM hits h WHERE h.type = 'rows'`,
  },
  {
    type: "blocks",
    query: `
  SELECT h.*, coalesce(${chunkAt(-1, "block_embeddings", "block_id")}, beside.before) AS before,
    coalesce(${chunkAt(1, "block_embeddings", "block_id")}, beside.after) AS after, beside.heading
  FROM hits h LEFT JOIN LATERAL (
    SELECT
      (SELECT ${near(-1, "o.content ->> 'text'")} FROM blocks o WHERE o.page_id = b.page_id AND o.position < b.position
        AND o.type <> 'heading' ORDER BY o.position DESC LIMIT 1) AS before,
      (SELECT ${near(1, "o.content ->> 'text'")} FROM blocks o WHERE o.page_id = b.page_id AND o.position > b.position
        AND o.type <> 'heading' ORDER BY o.position LIMIT 1) AS after,
      (SELECT left(o.content ->> 'text', ${HIT_TITLE_CHARACTERS}) FROM blocks o WHERE o.page_id = b.page_id AND o.position < b.position
        AND o.type = 'heading' ORDER BY o.position DESC LIMIT 1) AS heading
    FROM blocks b JOIN pages p ON p.id = b.page_id AND p.workspace_id = $1
    WHERE b.id = h.id
  ) AS beside ON true
  WHERE h.type = 'blocks'`,
  },
];
