/**
 * The fragment by which a heading is linked: its words in small letters, joined by hyphens. It never has an underscore, so
 * that what else is on the screen of a page has ids with one, and no heading takes their place.
 */
export function headingAnchor(heading: string): string {
  const words = heading.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.join("-");
}

/** What of a block decides how it is linked. */
interface AnchoredBlock {
  readonly id: string;
  readonly type: string;
  readonly text: string;
  /** Of a heading, 1 to 6. */
  readonly level?: number;
}

/**
 * The fragments of the headings of a page, by the ids of their blocks: the first of those with the same words has these, the
 * others their own ids. A title at the beginning has none, because it stands above the text.
 */
export function headingAnchors(blocks: readonly AnchoredBlock[], title: string): Map<string, string> {
  const anchors = new Map<string, string>();
  const taken = new Set([""]);
  for (const [place, { id, type, text, level }] of blocks.entries()) {
    const isTitle = place === 0 && level === 1 && text === title;
    if (type !== "heading" || isTitle) continue;
    const anchor = headingAnchor(text);
    anchors.set(id, taken.has(anchor) ? id : anchor);
    taken.add(anchor);
  }
  return anchors;
}

/** The fragments of the headings above the blocks of a page, by the ids of the blocks; none before the first heading. */
export function anchorsAbove(blocks: readonly AnchoredBlock[], title: string): Map<string, string> {
  const ofHeadings = headingAnchors(blocks, title);
  const above = new Map<string, string>();
  let anchor: string | undefined;
  for (const { id, type } of blocks) {
    if (type === "heading") anchor = ofHeadings.get(id);
    else if (anchor !== undefined) above.set(id, anchor);
  }
  return above;
}
