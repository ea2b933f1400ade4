import { type Database, pool } from "../../db.server.ts";
import { MAX_ROWS, type VectorSearch } from "./search-request.ts";
import { searchSourceOf } from "./search-sources.ts";
import { type SearchAnswer, type SearchHit, searchEmbeddings } from "./vector-search.server.ts";

/** Rows that are fetched for each entity that is wanted, in each round: most entities have few texts that are alike. */
const ROWS_PER_ENTITY = [3, 10, MAX_ROWS];

/**
 * The pages, blocks, database rows or documents of a table that are nearest to a vector, each with the one of its
 * texts that is most similar.
 *
 * Where a few long ones fill the answer, the rest is fetched without them, at most three times in all: fewer than
 * `limit` come out although more exist only where some thousand rows of few entities are nearer than all the others.
 *
 * @param search its `limit` counts entities. @throws what `searchEmbeddings` throws.
 */
export async function searchEntities(search: VectorSearch, db: Database = pool): Promise<SearchAnswer> {
  const rounds = searchSourceOf(search.table).chunk === undefined ? [1] : [...ROWS_PER_ENTITY];
  const best = new Map<string, SearchHit>();
  const answers: SearchAnswer[] = [];
  let last: SearchAnswer;
  do {
    const limit = Math.min(MAX_ROWS, search.limit * (rounds.shift() ?? 1));
    const exceptSources = best.size === 0 ? undefined : [...best.keys()];
    last = await searchEmbeddings({ ...search, limit, exceptSources }, db);
    answers.push(last);
    for (const hit of last.hits.toSorted(nearestFirst)) {
      if (!best.has(hit.sourceId)) best.set(hit.sourceId, hit);
    }
  } while (best.size < search.limit && last.more && rounds.length > 0);
  return {
    hits: [...best.values()].sort(nearestFirst).slice(0, search.limit),
    column: last.column,
    exact: answers.some(({ exact }) => exact),
    more: last.more || best.size > search.limit,
    milliseconds: answers.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
  };
}

/** Equal ones in a fixed order, so that the same question has the same answer. */
function nearestFirst(a: SearchHit, b: SearchHit): number {
  return b.similarity - a.similarity || (a.chunkIndex ?? 0) - (b.chunkIndex ?? 0) || (a.key < b.key ? -1 : 1);
}
