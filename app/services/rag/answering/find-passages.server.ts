import type { Database } from "../../../db.server.ts";
import { BLOCK_EMBEDDINGS, PAGE_EMBEDDINGS } from "../../../embedding-tables.ts";
import { cutAt } from "../../import/chunks.ts";
import { readBestWindows } from "../best-windows/best-windows.server.ts";
import { foundPassage, type Passage as ShownHit, withoutTitle } from "../found-passage.ts";
import { readHitContext } from "../hit-context.server.ts";
import { onePerPassage } from "../one-per-passage.ts";
import { embedQuery } from "../query-embedding.server.ts";
import { findEverywhere } from "../search-everything.server.ts";
import { SEARCH_TYPES } from "../search-types.ts";
import { type SearchHit, searchEmbeddings } from "../vector-search.server.ts";
import type { Citation } from "./answer-events.ts";
import type { AskedPlace } from "./asked-place.server.ts";

/** Most passages of the place that is asked about, and in all. */
const MOST_OWN = 6;
const MOST_PASSAGES = 12;

/** Most characters of one passage, and of all: about 3,500 tokens of English. */
const PASSAGE_CHARACTERS = 2_000;
const ALL_CHARACTERS = 14_000;

/** Most stretches of a text that is longer than a passage. */
const MOST_WINDOWS = 2;

/** How much longer a passage must be than one within it to be worth reading as well. */
const NEW_CHARACTERS = 200;

interface Asked {
  readonly workspaceId: string;
  readonly query: string;
  readonly place: AskedPlace | null;
}

/** A passage before it has a number. */
type Passage = Omit<Citation, "n">;

/**
 * The passages to answer from, numbered: first those of the block and the page that are asked about, then the
 * nearest of the workspace, each kind most similar first; of a long text the stretches that have the words of the query.
 * What another passage holds already is left out.
 *
 * @throws what `findEverywhere` throws. @throws the reason of `signal`.
 */
export async function findPassages(asked: Asked, db: Database, signal: AbortSignal): Promise<Citation[]> {
  const { query, workspaceId } = asked;
  const search = { query, types: SEARCH_TYPES, limit: MOST_PASSAGES, workspaceId };
  const [own, everything] = await Promise.all([
    ownItems(asked, db, signal),
    findEverywhere(search, db, signal),
  ]);
  signal.throwIfAborted();
  const [ofPlace, ofWorkspace] = await Promise.all([
    readPassages(asked, own, db),
    readPassages(asked, everything.items, db),
  ]);
  signal.throwIfAborted();
  return withinBudget(distinct([...distinct(ofPlace).slice(0, MOST_OWN), ...ofWorkspace]));
}

async function ownItems({ workspaceId, query, place }: Asked, db: Database, signal: AbortSignal) {
  if (place === null) return [];
  const vector = await embedQuery(query, signal);
  const near = { vector, workspaceId, limit: MOST_OWN };
  const onPage = { column: "page_id", id: place.pageId } as const;
  const [ofBlock, ofPage, ofBlocks] = await Promise.all([
    place.blockId === null
      ? null
      : searchEmbeddings(
          { ...near, table: BLOCK_EMBEDDINGS, within: { column: "block_id", id: place.blockId } },
          db,
        ),
    searchEmbeddings({ ...near, table: PAGE_EMBEDDINGS, within: onPage }, db),
    searchEmbeddings({ ...near, table: BLOCK_EMBEDDINGS, within: onPage }, db),
  ]);
  const first = ofBlock?.hits.map((hit) => ({ ...hit, type: "blocks" as const })) ?? [];
  const rest = onePerPassage([
    ...ofPage.hits.map((hit) => ({ ...hit, type: "pages" as const })),
    ...ofBlocks.hits.map((hit) => ({ ...hit, type: "blocks" as const })),
  ]);
  const hits = [...first, ...rest];
  const contexts = await readHitContext(workspaceId, hits, db);
  return hits.map((hit, position) => ({ ...hit, title: place.title, context: contexts[position] }));
}

type Hit = ShownHit & Pick<SearchHit, "similarity" | "chunkIndex" | "truncated">;

/** What of the hits is read, in their order. */
async function readPassages(
  { workspaceId, query }: Asked,
  hits: readonly Hit[],
  db: Database,
): Promise<Passage[]> {
  const long = hits.filter(({ text, truncated }) => truncated || text.length > PASSAGE_CHARACTERS);
  const windows = await readBestWindows(workspaceId, query, long, MOST_WINDOWS, db);
  const best = new Map(long.map((hit, place) => [hit, windows[place] ?? []]));
  return hits.flatMap((hit) => {
    const { title, text, address } = foundPassage(hit);
    const { type, sourceId: id, similarity } = hit;
    const stretches = best.get(hit) ?? [];
    const texts = stretches.length > 0 ? stretches : [text];
    return texts.map((part) => ({
      type,
      id,
      title,
      text: cutAt(withoutTitle(part, title), PASSAGE_CHARACTERS),
      address,
      similarity,
    }));
  });
}

/** Without those that say little which one before them does not say. */
function distinct(passages: readonly Passage[]): Passage[] {
  const kept: { passage: Passage; words: string }[] = [];
  for (const passage of passages) {
    const words = passage.text.replace(/\s+/g, " ").trim();
    const known = kept.some(
      (other) =>
        other.words.includes(words) ||
        (words.includes(other.words) && words.length < other.words.length + NEW_CHARACTERS),
    );
    if (words !== "" && !known) kept.push({ passage, words });
  }
  return kept.map(({ passage }) => passage);
}

function withinBudget(passages: readonly Passage[]): Citation[] {
  const chosen: Citation[] = [];
  let room = ALL_CHARACTERS;
  for (const passage of passages.slice(0, MOST_PASSAGES)) {
    room -= passage.text.length;
    if (room < 0) break;
    chosen.push({ ...passage, n: chosen.length + 1 });
  }
  return chosen;
}
