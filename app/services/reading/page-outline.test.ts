import { describe, expect, it } from "vitest";
import { type OutlineNode, pageOutline } from "./page-outline.ts";
import { possibleParents } from "./possible-parents.ts";

const page = (id: string, parentId: string | null = null) => ({
  id,
  parentId,
  title: `Page ${id}`,
  updatedAt: new Date(0),
});

type Shape = (string | Shape)[];

function shapeOf(nodes: readonly OutlineNode<{ id: string }>[]): Shape {
  return nodes.flatMap(({ page: { id }, children }) =>
    children.length === 0 ? [id] : [id, shapeOf(children)],
  );
}

describe("pageOutline", () => {
  it("puts pages under their parents, by title, numbers by their size", () => {
    const pages = [page("10", "a"), page("b"), page("9", "a"), page("a"), page("x", "10")];
    expect(shapeOf(pageOutline(pages))).toEqual(["a", ["9", "10", ["x"]], "b"]);
  });

  it("puts a page at the top whose parent is not there", () => {
    expect(shapeOf(pageOutline([page("a", "gone"), page("b", "a")]))).toEqual(["a", ["b"]]);
  });

  it("shows every page of a circle once", () => {
    expect(shapeOf(pageOutline([page("a", "b"), page("b", "a"), page("c", "c")]))).toEqual(["a", ["b"], "c"]);
  });
});

describe("possibleParents", () => {
  const pages = [page("a"), page("b", "a"), page("c", "b"), page("d", "b"), page("x", "y"), page("y", "x")];
  const offered = (without?: string) =>
    possibleParents(pages, without).map(({ id, depth }) => `${id}${depth}`);

  it("offers all pages but one and what is under it", () => {
    expect(offered("b")).toEqual(["a0", "x0", "y1"]);
    expect(offered()).toEqual(["a0", "b1", "c2", "d2", "x0", "y1"]);
  });
});
