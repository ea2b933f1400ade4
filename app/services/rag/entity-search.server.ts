import { type Database, pool } from "../../db.server.ts";
import type { EmbeddingColumn } from "../embedding-columns.server.ts";
import { onePerPassage } from "./one-per-passage.ts";
import { MAX_ROWS, type VectorSearch } from "./search-request.ts";
import type { SearchSource } from "./search-sources.ts";
import type { SearchType } from "./search-types.ts";
import { type SearchHit, searchEmbeddings } from "./vector-search.server.ts";

/** A page, block, database row or document, as the one of its texts that is most similar. */
export interface EntityHit extends SearchHit {
  readonly type: SearchType;
}

/** What one table gave. */
export interface EntitiesOfTable {
  readonly source: SearchSource;
  /** Each entity once, the most similar first. */
  readonly hits: readonly EntityHit[];
  /** No other entity of the table is more similar than this; null where there is no other. */
  readonly unseen: number | null;
  /** The column that answered last. */
  readonly column: EmbeddingColumn;
  /** Whether every matching row was compared. */
  readonly exact: boolean;
  readonly milliseconds: number;
}

export interface FoundEntities {
  /** Each entity and each passage once (see `onePerPassage`), the most similar first. */
  readonly nearest: readonly EntityHit[];
  /** In the order of the sources. */
  readonly tables: readonly EntitiesOfTable[];
}

/**
 * Rows that the first round fetches of each table, for each entity that is wanted: of several tables each gives a part of the
 * answer. A row costs more than it seems: an index scan that a workspace filters goes on until it has as many. Measured on
 * 4 × 50,000 rows and ten results: 60 rows of each table 7.6 ms of one, 20 rows 2 to 4 ms.
 */
const ROWS_OF_ONE = 3;
const ROWS_OF_EACH = 2;
const FEWEST_ROWS = 10;
/** The same in the rounds after it, which look only where something may be missing. */
const ROWS_LATER = [10, MAX_ROWS];

/**
 * The entities that are nearest to a vector, over several tables at the same time. All hold vectors of the same model, so that
 * similarities compare between them.
 *
 * A table is asked again, without the entities that it gave, while an unseen one could belong to the answer: at most three
 * times in all. Fewer than `limit` come out although more exist only where a thousand rows of few entities are nearer
 * than all the others.
 *
 * @param search its `limit` counts entities. @throws what `searchEmbeddings` throws.
 */
export async function searchEntities(
  sources: readonly SearchSource[],
  search: Omit<VectorSearch, "table">,
  db: Database = pool,
): Promise<FoundEntities> {
  const { limit } = search;
  const rounds = [sources.length > 1 ? ROWS_OF_EACH : ROWS_OF_ONE, ...ROWS_LATER].map((rows) =>
    Math.min(MAX_ROWS, Math.max(FEWEST_ROWS, limit * rows)),
  );
  let tables: readonly EntitiesOfTable[] = [];
  let nearest: readonly EntityHit[] = [];
  let least = Number.NEGATIVE_INFINITY;
  for (const rows of rounds) {
    const before = tables;
    tables = await Promise.all(
      sources.map((source, place) => {
        const known = before[place];
        if (known !== undefined && !mayHaveNearer(known, least)) return known;
        return searchTable(source, { ...search, limit: rows }, known, db);
      }),
    );
    nearest = onePerPassage(tables.flatMap(({ hits }) => hits)).slice(0, limit);
    least = nearest[limit - 1]?.similarity ?? Number.NEGATIVE_INFINITY;
    if (!tables.some((table) => mayHaveNearer(table, least))) break;
  }
  return { nearest, tables };
}

function mayHaveNearer({ unseen }: EntitiesOfTable, similarity: number): boolean {
  return unseen !== null && unseen > similarity;
}

/** What a table has besides what it gave before. */
async function searchTable(
  source: SearchSource,
  search: Omit<VectorSearch, "table">,
  before: EntitiesOfTable | undefined,
  db: Database,
): Promise<EntitiesOfTable> {
  const exceptSources = before?.hits.map(({ sourceId }) => sourceId);
  const { table, type } = source;
  const answer = await searchEmbeddings({ ...search, table, exceptSources }, db);
  const best = new Map(before?.hits.map((hit) => [hit.sourceId, hit]));
  for (const hit of answer.hits.toSorted(nearestFirst)) {
    if (!best.has(hit.sourceId)) best.set(hit.sourceId, { ...hit, type });
  }
  return {
    source,
    hits: [...best.values()].sort(nearestFirst),
    unseen: answer.more ? (answer.hits.at(-1)?.similarity ?? null) : null,
    column: answer.column,
    exact: answer.exact || (before?.exact ?? false),
    milliseconds: answer.milliseconds + (before?.milliseconds ?? 0),
  };
}

/** Equal ones in a fixed order, so that the same question has the same answer. */
function nearestFirst(a: SearchHit, b: SearchHit): number {
  return b.similarity - a.similarity || (a.chunkIndex ?? 0) - (b.chunkIndex ?? 0) || (a.key < b.key ? -1 : 1);
}
