import { withoutTitle } from "./found-passage.ts";
import { SEARCH_TYPES, type SearchType } from "./search-types.ts";

/** What decides whether two hits are the same passage. */
export interface PassageHit {
  readonly type: SearchType;
  readonly sourceId: string;
  readonly pageId: string | null;
  readonly text: string;
  readonly title: string | null;
  readonly similarity: number;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** How much less similar a more precise hit may be and still stand for the passage. */
const NEARLY = 0.05;

/** Of hits with the same text: a block is opened at its very place, a page at the heading, a document apart from both. */
const PRECISION: readonly SearchType[] = ["blocks", "pages", "documents", "rows"];

/**
 * Leaves each passage of a page once. The same words are found up to three times: in a chunk of the page, in its block,
 * and in the document that an import makes of each section. Where the text of one hit is within the text of another of
 * the same page, only one is kept: the most precise, which is the shorter one, of those that are about as similar as the
 * best. It keeps its own similarity.
 *
 * @returns the most similar first; equal ones by type and then by id.
 */
export function onePerPassage<Hit extends PassageHit>(hits: readonly Hit[]): Hit[] {
  let rest = [...hits].sort(inOrder);
  const kept: Hit[] = [];
  for (let best = rest[0]; best !== undefined; best = rest[0]) {
    const leader = best;
    const passage = rest.filter((hit) => hit === leader || isWithin(hit, leader) || isWithin(leader, hit));
    const near = passage.filter(({ similarity }) => similarity >= leader.similarity - NEARLY);
    const precise = near.filter((hit) => !near.some((other) => isMorePrecise(other, hit)));
    kept.push(precise[0] ?? leader);
    rest = rest.filter((hit) => !passage.includes(hit));
  }
  return kept.sort(inOrder);
}

function inOrder(a: PassageHit, b: PassageHit): number {
  const types = SEARCH_TYPES.indexOf(a.type) - SEARCH_TYPES.indexOf(b.type);
  return b.similarity - a.similarity || types || (a.sourceId < b.sourceId ? -1 : 1);
}

function isMorePrecise(a: PassageHit, b: PassageHit): boolean {
  if (!isWithin(a, b)) return false;
  return !isWithin(b, a) || PRECISION.indexOf(a.type) < PRECISION.indexOf(b.type);
}

function isWithin(a: PassageHit, b: PassageHit): boolean {
  const page = pageOf(a);
  if (a === b || page === undefined || page !== pageOf(b)) return false;
  const passage = passageOf(a);
  return passage !== "" && passageOf(b).includes(passage);
}

/** A document that stands for a section of a page says so in its metadata. */
function pageOf({ pageId, metadata }: PassageHit): unknown {
  return pageId ?? metadata.pageId;
}

/** Each hit is compared with many others. */
const passages = new WeakMap<PassageHit, string>();

/** The text on one line, without the heading that is put before each chunk and section. */
function passageOf(hit: PassageHit): string {
  const known = passages.get(hit);
  if (known !== undefined) return known;
  const { text, title, metadata } = hit;
  const heading = typeof metadata.heading === "string" ? metadata.heading : (title ?? "");
  const passage = withoutTitle(text, heading).replace(/\s+/g, " ").trim();
  passages.set(hit, passage);
  return passage;
}
