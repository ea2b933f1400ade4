import { stableId } from "../embeddings/stable-id.ts";
import type { MarkdownBlock } from "../import/markdown-page.ts";

/** A block as it is stored. */
export interface StoredBlock extends Omit<MarkdownBlock, "type"> {
  readonly id: string;
  readonly type: string;
}

/** More pairs of blocks than these are not compared one by one; then blocks are matched in order, the nearest first. */
const MOST_PAIRS = 4_000_000;

/**
 * Gives the blocks of a page's new text the ids of the old ones, so that links and citations go on leading to them: a
 * block whose type and text are unchanged keeps its id (in order, as many as possible), and between two of those a
 * block whose text changed keeps the id of one of the same type. All others get an id that no block of the page had.
 */
export function matchBlocks(
  pageId: string,
  before: readonly StoredBlock[],
  after: readonly MarkdownBlock[],
): (MarkdownBlock & { readonly id: string })[] {
  const taken = new Set(before.map(({ id }) => id));
  const ids = new Array<string | undefined>(after.length).fill(undefined);
  let oldAt = 0;
  let newAt = 0;
  for (const [old, fresh] of [...unchangedPairs(before, after), [before.length, after.length] as const]) {
    const spare = before.slice(oldAt, old);
    for (let at = newAt; at < fresh; at++) {
      const same = spare.findIndex(({ type }) => type === after[at]?.type);
      if (same < 0) continue;
      ids[at] = spare[same]?.id;
      // In order: what was before it stays without a partner.
      spare.splice(0, same + 1);
    }
    const kept = before[old];
    if (kept !== undefined) ids[fresh] = kept.id;
    oldAt = old + 1;
    newAt = fresh + 1;
  }
  return after.map((block, position) => ({ ...block, id: ids[position] ?? newId(pageId, position, taken) }));
}

function newId(pageId: string, position: number, taken: Set<string>): string {
  let id = stableId("block", pageId, position);
  for (let attempt = 1; taken.has(id); attempt++) id = stableId("block", pageId, position, attempt);
  taken.add(id);
  return id;
}

/** Places of a longest common subsequence of both, in order. */
function unchangedPairs(
  before: readonly StoredBlock[],
  after: readonly MarkdownBlock[],
): (readonly [number, number])[] {
  const keyOf = ({ type, text }: { type: string; text: string }) => `${type} ${text}`;
  const old = before.map(keyOf);
  const fresh = after.map(keyOf);
  let start = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start++;
  let end = 0;
  const shorter = Math.min(old.length, fresh.length) - start;
  while (end < shorter && old[old.length - 1 - end] === fresh[fresh.length - 1 - end]) end++;
  const middleOld = old.slice(start, old.length - end);
  const middleFresh = fresh.slice(start, fresh.length - end);
  const middle =
    middleOld.length * middleFresh.length <= MOST_PAIRS
      ? longestCommon(middleOld, middleFresh)
      : nearestCommon(middleOld, middleFresh);
  return [
    ...Array.from({ length: start }, (_, at) => [at, at] as const),
    ...middle.map(([a, b]) => [a + start, b + start] as const),
    ...Array.from({ length: end }, (_, at) => [old.length - end + at, fresh.length - end + at] as const),
  ];
}

function longestCommon(a: readonly string[], b: readonly string[]): (readonly [number, number])[] {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const below = lengths[(i + 1) * width + j] as number;
      const right = lengths[i * width + j + 1] as number;
      lengths[i * width + j] =
        a[i] === b[j] ? (lengths[(i + 1) * width + j + 1] as number) + 1 : Math.max(below, right);
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if ((lengths[(i + 1) * width + j] as number) >= (lengths[i * width + j + 1] as number)) i++;
    else j++;
  }
  return pairs;
}

function nearestCommon(a: readonly string[], b: readonly string[]): (readonly [number, number])[] {
  const places = new Map<string, number[]>();
  for (const [at, key] of a.entries()) places.set(key, [...(places.get(key) ?? []), at]);
  const pairs: [number, number][] = [];
  let from = 0;
  for (const [at, key] of b.entries()) {
    const place = places.get(key)?.find((candidate) => candidate >= from);
    if (place === undefined) continue;
    pairs.push([place, at]);
    from = place + 1;
  }
  return pairs;
}
