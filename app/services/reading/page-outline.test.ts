import { describe, expect, it } from "vitest";
import { type OutlineNode, pageOutline, pagesAbove, pagesUnder } from "./page-outline.ts";
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

describe("the pages around a page", () => {
  const pages = [page("a"), page("b", "a"), page("c", "b"), page("d", "b"), page("x", "y"), page("y", "x")];

  it("knows those above, from the top, and those under it", () => {
    expect(pagesAbove(pages, "c").map(({ id }) => id)).toEqual(["a", "b"]);
    expect(pagesAbove(pages, "a")).toEqual([]);
    expect(pagesUnder(pages, "b").map(({ id }) => id)).toEqual(["c", "d"]);
  });

  it("comes to an end in a circle", () => {
    expect(pagesAbove(pages, "x").map(({ id }) => id)).toEqual(["y"]);
  });

  it("does not offer a page or what is under it as its own parent", () => {
    const offered = (without?: string) =>
      possibleParents(pages, without).map(({ id, depth }) => `${id}${depth}`);
    expect(offered("b")).toEqual(["a0", "x0", "y1"]);
    expect(offered()).toEqual(["a0", "b1", "c2", "d2", "x0", "y1"]);
  });
});
