import { type Database, pool } from "../../db.server.ts";
import { generateEmbedding } from "../embedding-generation.server.ts";
import { readHitNames } from "./hit-names.server.ts";
import { checkSearchParameters, type SearchParameters } from "./search-parameters.ts";
import { SEARCH_SOURCES, type SearchSource } from "./search-sources.ts";
import type { SearchType } from "./search-types.ts";
import { type SearchHit, searchEmbeddings } from "./vector-search.server.ts";

export interface FoundItem extends SearchHit {
  readonly type: SearchType;
  /** Title of the page or document, name of the row; empty where nothing has one. */
  readonly title: string;
  readonly workspace: string | null;
}

/** How one table took part in an answer. */
export interface TableAnswer {
  readonly type: SearchType;
  readonly table: string;
  readonly column: string;
  readonly columnType: "vector" | "halfvec";
  readonly exact: boolean;
  readonly hits: number;
  readonly milliseconds: number;
}

export interface EverythingAnswer {
  readonly query: string;
  /** Most similar first, at most `limit`. */
  readonly items: readonly FoundItem[];
  readonly tables: readonly TableAnswer[];
  readonly milliseconds: { readonly embedding: number; readonly search: number };
}

/**
 * Embeds a query and searches the tables of the wanted types at the same time; the answers are merged by
 * similarity, which compares between tables because all hold vectors of the same model.
 *
 * @throws InvalidSearchError before anything else; what `generateEmbedding` and `searchEmbeddings` throw: one table that fails fails the search, a
 * shorter answer would look like a complete one.
 */
export async function searchEverything(
  asked: SearchParameters,
  db: Database = pool,
): Promise<EverythingAnswer> {
  const parameters = checkSearchParameters(asked);
  const started = performance.now();
  const vector = await generateEmbedding(parameters.query);
  const embedded = performance.now();
  const sources = SEARCH_SOURCES.filter(({ type }) => parameters.types.includes(type));
  const answers = await Promise.all(
    sources.map(async (source) => {
      const { limit, workspaceId, minSimilarity } = parameters;
      const search = { table: source.table, vector, limit, workspaceId, minSimilarity };
      return { source, answer: await searchEmbeddings(search, db) };
    }),
  );
  const nearest = answers
    .flatMap(({ source, answer }) => answer.hits.map((hit) => ({ source, hit })))
    .sort((a, b) => b.hit.similarity - a.hit.similarity)
    .slice(0, parameters.limit);
  const items = await named(nearest, db);
  return {
    query: parameters.query,
    items,
    tables: answers.map(({ source, answer }) => ({
      type: source.type,
      table: source.table.name,
      column: answer.column.name,
      columnType: answer.column.type,
      exact: answer.exact,
      hits: answer.hits.length,
      milliseconds: answer.milliseconds,
    })),
    milliseconds: { embedding: embedded - started, search: performance.now() - embedded },
  };
}

async function named(
  found: readonly { source: SearchSource; hit: SearchHit }[],
  db: Database,
): Promise<FoundItem[]> {
  const names = await readHitNames(
    {
      pages: found.flatMap(({ hit }) => hit.pageId ?? []),
      rows: found.flatMap(({ source, hit }) => (source.type === "rows" ? hit.sourceId : [])),
      workspaces: found.map(({ hit }) => hit.workspaceId),
    },
    db,
  );
  return found.map(({ source, hit }) => ({
    ...hit,
    type: source.type,
    title: hit.title ?? names.get(hit.pageId ?? hit.sourceId) ?? "",
    workspace: names.get(hit.workspaceId) ?? null,
  }));
}

/** Whether any of the searched tables has a row. */
export async function hasSearchableContent(db: Database = pool): Promise<boolean> {
  const { rows } = await db.query<{ any: boolean }>(`
    SELECT EXISTS (SELECT FROM page_embeddings) OR EXISTS (SELECT FROM block_embeddings)
      OR EXISTS (SELECT FROM database_row_embeddings) OR EXISTS (SELECT FROM documents) AS any`);
  return rows[0]?.any ?? false;
}
