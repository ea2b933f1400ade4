import type { WalkedPage } from "../../services/rag/graph-sql.ts";

/** A page in the picture of a neighbourhood: its place around the middle, in units of the picture. */
export interface Dot {
  readonly id: string;
  readonly title: string;
  readonly kind: WalkedPage["kind"];
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** A stroke from a page to the one after it. */
export interface Stroke {
  readonly from: Dot;
  readonly to: Dot;
}

export interface RadialLayout {
  readonly dots: readonly Dot[];
  readonly strokes: readonly Stroke[];
}

/** Half the width of the picture. */
export const PICTURE_RADIUS = 100;

/** Distance of each step from the middle, with room for the largest dot at the edge. */
const RINGS = [0, 46, 88];
const START_RADIUS = 7;

/**
 * Places the pages around one page in rings, a ring a step: each page gets a part of the circle as wide as what lies
 * behind it, so that strokes do not cross. Pages more than two steps away are not drawn.
 *
 * @param nodes those of a graph that begins at one page, which is the first.
 */
export function radialLayout(nodes: readonly WalkedPage[]): RadialLayout {
  const [start] = nodes;
  if (start === undefined) return { dots: [], strokes: [] };
  const after = (id: string) => nodes.filter(({ via }) => via === id);
  const middle: Dot = { ...named(start), x: 0, y: 0, radius: START_RADIUS };
  const dots = [middle];
  const strokes: Stroke[] = [];
  const place = (before: Dot, pages: readonly WalkedPage[], ring: number, from: number, to: number) => {
    const distance = RINGS[ring];
    if (distance === undefined) return;
    const widths = pages.map(({ id }) => Math.max(1, after(id).length));
    const all = widths.reduce((sum, width) => sum + width, 0);
    let begin = from;
    for (const [position, page] of pages.entries()) {
      const end = begin + ((to - from) * (widths[position] ?? 1)) / all;
      const angle = (begin + end) / 2;
      const dot: Dot = {
        ...named(page),
        x: rounded(distance * Math.sin(angle)),
        y: rounded(-distance * Math.cos(angle)),
        radius: rounded(2 + 6 * page.score),
      };
      dots.push(dot);
      strokes.push({ from: before, to: dot });
      place(dot, after(page.id), ring + 1, begin, end);
      begin = end;
    }
  };
  place(middle, after(start.id), 1, 0, 2 * Math.PI);
  return { dots, strokes };
}

function named({ id, title, kind }: WalkedPage): Pick<Dot, "id" | "title" | "kind"> {
  return { id, title, kind };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
