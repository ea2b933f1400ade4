import { randomUUID } from "node:crypto";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  expandHits,
  type PageGraph,
  pageGraph,
  relatedPages,
} from "../../app/services/rag/knowledge-graph.server.ts";
import { type Direction, LinkedPages } from "../support/linked-pages.ts";
import { openSearchDatabase, type SearchDatabase } from "./search-database.ts";

let database: SearchDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await openSearchDatabase();
  pool = database.pool;
});

afterAll(() => database.close());

/** Pages of a workspace of their own: those that are only named have no text. */
async function written(
  links: readonly string[],
  texts: Readonly<Record<string, readonly Direction[]>> = {},
): Promise<LinkedPages> {
  const pages = new LinkedPages(pool);
  const named = Object.fromEntries(links.flatMap((link) => link.split(" ")).map((name) => [name, []]));
  await pages.write({ ...named, ...texts });
  await pages.link(...links);
  return pages;
}

/** `name score depth` of each node, `a>b` of a link and `a~b` of a nearness. */
function shown(pages: LinkedPages, { nodes, edges }: PageGraph) {
  return {
    nodes: nodes
      .map(({ id, score, depth }) => `${pages.name(id)} ${Number(score.toFixed(3))} ${depth}`)
      .sort(),
    edges: edges
      .map(({ source, target, kind }) =>
        [pages.name(source), pages.name(target)].join(kind === "link" ? ">" : "~"),
      )
      .sort(),
  };
}

async function around(pages: LinkedPages, name: string, depth: number, limit?: number): Promise<PageGraph> {
  return pageGraph(pages.workspaceId, [pages.id(name)], { depth, limit }, pool);
}

/** A direction near to axis `near`, by cosine, and for the rest along an axis of its own. */
function close(near: number, cosine: number, own: number): Direction {
  return { [near]: cosine, [own]: Math.sqrt(1 - cosine ** 2) };
}

describe("the pages around a page", () => {
  it("are reached by links in either direction, half the score a step, as far as the depth goes", async () => {
    const pages = await written(["a b", "c b", "c d", "d e", "e f"]);
    expect(shown(pages, await around(pages, "a", 1))).toEqual({
      nodes: ["a 1 0", "b 0.5 1"],
      edges: ["a>b"],
    });
    expect(shown(pages, await around(pages, "a", 4))).toEqual({
      nodes: ["a 1 0", "b 0.5 1", "c 0.25 2", "d 0.125 3", "e 0.063 4"],
      edges: ["a>b", "c>b", "c>d", "d>e"],
    });
  });

  it("come once, whatever cycles there are", async () => {
    const pages = await written(["a b", "b c", "c d", "d a", "b a", "a a"]);
    expect(shown(pages, await around(pages, "a", 4))).toEqual({
      nodes: ["a 1 0", "b 0.5 1", "c 0.25 2", "d 0.5 1"],
      edges: ["a>b", "b>a", "b>c", "c>d", "d>a"],
    });
  });

  it("come once where every page links to every other, and paths are many", async () => {
    const names = Array.from({ length: 20 }, (_, i) => `p${i}`);
    const pages = await written(names.flatMap((a) => names.filter((b) => b !== a).map((b) => `${a} ${b}`)));
    const { nodes, edges } = await around(pages, "p0", 4, 100);
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(20);
    expect(nodes).toHaveLength(20);
    expect(edges).toHaveLength(20 * 19);
  });

  it("are as many as the limit says beside a hub with hundreds of links, its oldest first", async () => {
    const leaves = Array.from({ length: 300 }, (_, i) => `leaf${i}`);
    const pages = await written([...leaves.map((leaf) => `hub ${leaf}`), "leaf7 beyond"]);
    const near = await around(pages, "hub", 1, 100);
    expect(near.nodes.map(({ id }) => pages.name(id)).sort()).toEqual(["hub", ...leaves.slice(0, 20)].sort());
    expect((await around(pages, "hub", 4, 10)).nodes).toHaveLength(10);
    expect(shown(pages, await around(pages, "beyond", 2)).nodes).toEqual([
      "beyond 1 0",
      "hub 0.25 2",
      "leaf7 0.5 1",
    ]);
  });

  it("are reached by the nearness of their text: the best chunk against the average of the page", async () => {
    const pages = await written(["a linked"], {
      a: [
        { 1: 1, 2: 0.5 },
        { 1: 1, 2: -0.5 },
      ],
      near: [{ 900: 1 }, close(1, 0.8, 901)],
      nearer: [close(1, 0.9, 902)],
      linked: [close(1, 0.95, 903)],
      far: [close(1, 0.2, 904)],
      beyond: [close(902, 0.9, 905)],
    });
    expect(shown(pages, await around(pages, "a", 1))).toEqual({
      nodes: ["a 1 0", "linked 0.5 1", "near 0.4 1", "nearer 0.45 1"],
      edges: ["a>linked", "a~near", "a~nearer"],
    });
  });

  it("get the score of the best path, although a shorter one was found first", async () => {
    const pages = await written(["a stop", "stop b", "b c"], { a: [{ 1: 1 }], b: [close(1, 0.4, 910)] });
    const { nodes } = await around(pages, "a", 3);
    expect(nodes.find(({ id }) => id === pages.id("b"))).toMatchObject({
      score: 0.25,
      depth: 2,
      via: pages.id("stop"),
      kind: "link",
    });
    expect(nodes.find(({ id }) => id === pages.id("c"))).toMatchObject({ score: 0.125, depth: 3 });
  });

  it("are none for a page without links and text", async () => {
    const pages = await written([], { alone: [], other: [{ 1: 1 }] });
    expect(shown(pages, await around(pages, "alone", 4))).toEqual({ nodes: ["alone 1 0"], edges: [] });
    expect(await relatedPages(pages.workspaceId, pages.id("alone"), 6, pool)).toEqual({
      linksTo: { pages: [], total: 0 },
      linkedFrom: { pages: [], total: 0 },
      similar: [],
    });
  });

  it("are never those of another workspace, whatever links and texts say", async () => {
    const pages = await written(["a b"], { a: [{ 1: 1 }], behind: [] });
    const foreign = await written(["x y"], { x: [{ 1: 1 }], y: [{ 1: 1 }] });
    await pool.query(
      "INSERT INTO page_links (source_page_id, target_page_id) VALUES ($1, $2), ($2, $3), ($2, $4)",
      [pages.id("a"), foreign.id("x"), pages.id("b"), pages.id("behind")],
    );
    // An embedding that claims to be of this workspace.
    await pool.query("UPDATE page_embeddings SET workspace_id = $1 WHERE page_id = $2", [
      pages.workspaceId,
      foreign.id("y"),
    ]);
    expect(shown(pages, await around(pages, "a", 4))).toEqual({
      nodes: ["a 1 0", "b 0.5 1"],
      edges: ["a>b"],
    });
    const beside = await relatedPages(pages.workspaceId, pages.id("a"), 6, pool);
    expect([beside.linksTo.total, beside.linkedFrom.total, beside.similar]).toEqual([1, 0, []]);
    for (const id of [foreign.id("x"), randomUUID()]) {
      await expect(pageGraph(pages.workspaceId, [id], {}, pool)).rejects.toMatchObject({
        name: "PageUnknownError",
      });
      await expect(pageGraph(pages.workspaceId, [pages.id("a"), id], {}, pool)).rejects.toMatchObject({
        name: "PageUnknownError",
      });
    }
  });

  it.each([
    [{ depth: 0 }, "depth"],
    [{ depth: 5 }, "depth"],
    [{ depth: 1.5 }, "depth"],
    [{ limit: 0 }, "limit"],
  ])("are not looked for with %o", async (bounds, field) => {
    await expect(pageGraph(randomUUID(), [randomUUID()], bounds, pool)).rejects.toMatchObject({
      name: "InvalidSearchError",
      field,
    });
  });
});

describe("the pages around the hits of a search", () => {
  it("begin with the similarity of the best hit of each page, and leave out what is not there", async () => {
    const pages = await written(["a b", "c b"]);
    const hits = [
      { pageId: pages.id("a"), similarity: 0.5 },
      { pageId: pages.id("a"), similarity: 0.6 },
      { pageId: pages.id("c"), similarity: 0.9 },
      { pageId: randomUUID(), similarity: 1 },
    ];
    const graph = await expandHits(pages.workspaceId, hits, { depth: 1 }, pool);
    expect(shown(pages, graph).nodes).toEqual(["a 0.6 0", "b 0.45 1", "c 0.9 0"]);
    expect(await expandHits(pages.workspaceId, [], {}, pool)).toEqual({ nodes: [], edges: [] });
  });
});

describe("what stands beside a page", () => {
  it("is some of its links by title with their number, and the nearest pages that are not linked", async () => {
    const pages = await written(["a Zebra", "a ant", "a bee", "bee a"], {
      a: [{ 1: 1 }],
      ant: [{ 1: 1 }],
      near: [close(1, 0.8, 920)],
      nearer: [close(1, 0.9, 921)],
      far: [close(1, 0.1, 922)],
    });
    const titles = (list: readonly { title: string }[]) => list.map(({ title }) => title);
    const beside = await relatedPages(pages.workspaceId, pages.id("a"), 2, pool);
    expect([titles(beside.linksTo.pages), beside.linksTo.total]).toEqual([["ant", "bee"], 3]);
    expect([titles(beside.linkedFrom.pages), beside.linkedFrom.total]).toEqual([["bee"], 1]);
    expect(titles(beside.similar)).toEqual(["nearer", "near"]);
    expect(beside.similar[0]?.similarity).toBeCloseTo(0.9, 5);
  });
});
