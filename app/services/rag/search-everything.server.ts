import { type Database, pool } from "../../db.server.ts";
import { readBestWindows } from "./best-windows/best-windows.server.ts";
import { type EntityHit, searchEntities } from "./entity-search.server.ts";
import { foundPassage } from "./found-passage.ts";
import { type HitContext, readHitContext } from "./hit-context.server.ts";
import { readHitNames } from "./hit-names.server.ts";
import { embedQuery } from "./query-embedding.server.ts";
import { type SearchPlace, takePlace } from "./search-admission.server.ts";
import { checkSearchParameters, type SearchParameters } from "./search-parameters.ts";
import { SEARCH_SOURCES } from "./search-sources.ts";
import type { SearchType } from "./search-types.ts";

/** A page, block, database row or document, with the one of its texts that is most similar. */
export interface FoundItem extends EntityHit {
  /** At most `HIT_CHARACTERS`: of a longer text, which is `truncated`, the stretch with the words of the query, else its beginning. */
  readonly text: string;
  /** Title of the page or document, name of the row; empty where nothing has one. */
  readonly title: string;
  readonly context: HitContext;
  /** Where the app shows it, from the root. */
  readonly url: string;
}

/** How one table took part in an answer. */
export interface TableAnswer {
  readonly type: SearchType;
  readonly table: string;
  readonly column: string;
  readonly columnType: "vector" | "halfvec";
  readonly exact: boolean;
  /** Entities that were found, before the tables were merged. */
  readonly hits: number;
  readonly milliseconds: number;
}

export interface EverythingAnswer {
  readonly query: string;
  readonly workspaceId: string;
  /** Most similar first, at most `limit`. */
  readonly items: readonly FoundItem[];
  readonly tables: readonly TableAnswer[];
  readonly milliseconds: SearchTimes;
}

/** What a search spent its time on. */
export interface SearchTimes {
  readonly embedding: number;
  /** Waiting for its turn (see `SearchPlace`). */
  readonly queue: number;
  readonly search: number;
}

/**
 * What {@link findEverywhere} finds, of each long text the stretch that has the words of the query.
 *
 * @throws what `findEverywhere` throws.
 */
export async function searchEverything(
  asked: SearchParameters,
  db: Database = pool,
  signal?: AbortSignal,
  place?: SearchPlace,
): Promise<EverythingAnswer> {
  const found = await findEverywhere(asked, db, signal, place);
  const started = performance.now();
  const long = found.items.filter(({ truncated }) => truncated);
  const windows = await readBestWindows(found.workspaceId, found.query, long, 1, db);
  const best = new Map(long.map((item, place) => [item, windows[place]?.[0]]));
  return {
    ...found,
    items: found.items.map((item) => ({ ...item, text: best.get(item) ?? item.text })),
    milliseconds: {
      ...found.milliseconds,
      search: found.milliseconds.search + performance.now() - started,
    },
  };
}

/**
 * Embeds a query and searches the tables of the wanted types in one workspace at the same time; the answers are merged
 * by similarity, which compares between tables because all hold vectors of the same model. Each entity and each
 * passage comes once (see `onePerPassage`). Of a long text there is the beginning.
 *
 * @param signal of the client: when it goes, a search that waits is not begun
 * @param place among the searches that wait, where it has been taken before; it is left in any case
 * @throws InvalidSearchError before anything is embedded; what `takePlace`, `embedQuery` and `searchEmbeddings` throw: one
 * table that fails fails the search, a shorter answer would look like a complete one.
 */
export async function findEverywhere(
  asked: SearchParameters,
  db: Database = pool,
  signal?: AbortSignal,
  place: SearchPlace = takePlace(),
): Promise<EverythingAnswer> {
  try {
    const parameters = checkSearchParameters(asked);
    const started = performance.now();
    const vector = await embedQuery(parameters.query, signal);
    const embedding = performance.now() - started;
    return await place.run(
      parameters.types.length,
      (queue) => searchByVector(parameters, vector, { embedding, queue }, db),
      signal,
    );
  } finally {
    place.leave();
  }
}

async function searchByVector(
  parameters: SearchParameters,
  vector: readonly number[],
  waited: Omit<SearchTimes, "search">,
  db: Database,
): Promise<EverythingAnswer> {
  const started = performance.now();
  const { types, limit, workspaceId, minSimilarity } = parameters;
  const sources = SEARCH_SOURCES.filter(({ type }) => types.includes(type));
  const { nearest, tables } = await searchEntities(
    sources,
    { vector, limit, workspaceId, minSimilarity },
    db,
  );
  const items = await described(nearest, workspaceId, db);
  return {
    query: parameters.query,
    workspaceId,
    items,
    tables: tables.map(({ source, column, exact, hits, milliseconds }) => ({
      type: source.type,
      table: source.table.name,
      column: column.name,
      columnType: column.type,
      exact,
      hits: hits.length,
      milliseconds,
    })),
    milliseconds: { ...waited, search: performance.now() - started },
  };
}

async function described(
  found: readonly EntityHit[],
  workspaceId: string,
  db: Database,
): Promise<FoundItem[]> {
  const [names, contexts] = await Promise.all([
    readHitNames(
      workspaceId,
      {
        pages: found.flatMap(({ pageId }) => pageId ?? []),
        rows: found.flatMap(({ type, sourceId }) => (type === "rows" ? sourceId : [])),
      },
      db,
    ),
    readHitContext(workspaceId, found, db),
  ]);
  return found.map((hit, position) => {
    const title = hit.title ?? names.get(hit.pageId ?? hit.sourceId) ?? "";
    const item = { ...hit, title, context: contexts[position] as HitContext };
    return { ...item, url: foundPassage(item).address };
  });
}

/** Whether a workspace has anything that a search could find. */
export async function hasSearchableContent(workspaceId: string, db: Database = pool): Promise<boolean> {
  const { rows } = await db.query<{ any: boolean }>(
    `SELECT EXISTS (SELECT FROM page_embeddings WHERE workspace_id = $1)
      OR EXISTS (SELECT FROM block_embeddings WHERE workspace_id = $1)
      OR EXISTS (SELECT FROM database_row_embeddings WHERE workspace_id = $1)
      OR EXISTS (SELECT FROM documents WHERE workspace_id = $1) AS any`,
    [workspaceId],
  );
  return rows[0]?.any ?? false;
}
