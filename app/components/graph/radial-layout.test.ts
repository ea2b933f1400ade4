import { describe, expect, it } from "vitest";
import type { WalkedPage } from "../../services/rag/graph-sql.ts";
import { type Dot, PICTURE_RADIUS, radialLayout } from "./radial-layout.ts";

function page(id: string, via: string | null = null, depth = via === null ? 0 : 1): WalkedPage {
  return { id, title: id, score: 0.5 ** depth, depth, via, kind: via === null ? null : "link" };
}

const distance = ({ x, y }: Dot) => Math.hypot(x, y);

describe("radialLayout", () => {
  it("has nothing to draw of no page, and one dot of a page alone", () => {
    expect(radialLayout([])).toEqual({ dots: [], strokes: [] });
    expect(radialLayout([page("a")]).dots).toMatchObject([{ id: "a", x: 0, y: 0 }]);
  });

  it("puts each step on a ring of its own, within the picture, and leaves out the third", () => {
    const nodes = [page("a"), page("b", "a"), page("c", "a"), page("d", "b", 2), page("e", "d", 3)];
    const { dots, strokes } = radialLayout(nodes);
    expect(dots.map(({ id }) => id)).toEqual(["a", "b", "d", "c"]);
    const [a, b, d, c] = dots.map(distance) as [number, number, number, number];
    expect(a).toBe(0);
    expect(b).toBeCloseTo(c, 0);
    expect(d).toBeGreaterThan(b);
    expect(dots.every((dot) => distance(dot) + dot.radius <= PICTURE_RADIUS)).toBe(true);
    expect(strokes.map(({ from, to }) => `${from.id}${to.id}`)).toEqual(["ab", "bd", "ac"]);
  });

  it("keeps dots apart, and what lies behind a page on its side", () => {
    const ring = Array.from({ length: 8 }, (_, i) => page(`b${i}`, "a"));
    const behind = Array.from({ length: 5 }, (_, i) => page(`c${i}`, "b0", 2));
    const { dots } = radialLayout([page("a"), ...ring, ...behind]);
    for (const [position, dot] of dots.entries()) {
      for (const other of dots.slice(position + 1)) {
        expect(Math.hypot(dot.x - other.x, dot.y - other.y)).toBeGreaterThan(dot.radius + other.radius);
      }
    }
    const before = dots.find(({ id }) => id === "b0") as Dot;
    const after = dots.filter(({ id }) => id.startsWith("c"));
    expect(after.every(({ x, y }) => x * before.x + y * before.y > 0)).toBe(true);
  });
});
