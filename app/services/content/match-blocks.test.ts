import { expect, test } from "vitest";
import type { MarkdownBlock } from "../import/markdown-page.ts";
import { matchBlocks } from "./match-blocks.ts";

const PAGE = "00000000-0000-4000-8000-000000000001";

/** `p:text` or `h:text`; one with an id is a stored one. */
function blocks(...texts: string[]): MarkdownBlock[] {
  return texts.map((text) =>
    text.startsWith("h:")
      ? { type: "heading", text: text.slice(2), level: 1 }
      : { type: "paragraph", text: text.slice(2) },
  );
}

const stored = (...texts: string[]) => blocks(...texts).map((block, at) => ({ ...block, id: `old ${at}` }));
const ids = (before: string[], after: string[]) =>
  matchBlocks(PAGE, stored(...before), blocks(...after)).map(({ id }) =>
    id.startsWith("old") ? Number(id.slice(4)) : "new",
  );

test("unchanged blocks keep their ids wherever others come or go", () => {
  expect(ids(["p:a", "p:b", "p:c"], ["p:a", "p:b", "p:c"])).toEqual([0, 1, 2]);
  expect(ids(["p:a", "p:b", "p:c"], ["h:new", "p:a", "h:new", "p:b", "p:c"])).toEqual([
    "new",
    0,
    "new",
    1,
    2,
  ]);
  expect(ids(["p:a", "h:b", "p:c"], ["p:a", "p:c"])).toEqual([0, 2]);
  expect(ids(["p:a", "p:b", "p:a"], ["p:b", "p:a"])).toEqual([1, 2]);
});

test("an edited block keeps its id, between the same neighbours and of the same type", () => {
  expect(ids(["h:t", "p:a", "p:b"], ["h:t", "p:edited", "p:b"])).toEqual([0, 1, 2]);
  expect(ids(["h:t", "p:a", "p:b"], ["h:edited", "p:edited", "p:b"])).toEqual([0, 1, 2]);
  expect(ids(["h:t", "p:a"], ["h:t", "h:a"])).toEqual([0, "new"]);
  expect(ids(["p:a", "p:b", "p:c", "h:x"], ["p:one", "p:two", "h:x"])).toEqual([0, 1, 3]);
});

test("a new block never gets an id that another block of the page had", () => {
  const before = matchBlocks(PAGE, [], blocks("p:a", "p:b"));
  const after = matchBlocks(PAGE, before, blocks("h:new", "p:b", "p:a"));
  const all = [...before, ...after].map(({ id }) => id);
  expect(new Set(all).size).toBe(
    all.length - 2 + Number(after.filter(({ id }) => before.some((old) => old.id === id)).length === 1),
  );
  const fresh = after.filter(({ id }) => !before.some((old) => old.id === id));
  expect(fresh.length).toBeGreaterThan(0);
  expect(new Set(after.map(({ id }) => id)).size).toBe(3);
});

test("the same text makes the same ids, and thousands of blocks are no trouble", () => {
  const many = Array.from({ length: 6_000 }, (_, index) => `p:${index}`);
  const first = matchBlocks(PAGE, [], blocks(...many));
  expect(matchBlocks(PAGE, [], blocks(...many))).toEqual(first);
  const reversed = matchBlocks(PAGE, first, blocks(...many.slice(0, 2_000), ...many.slice(2_000).reverse()));
  expect(new Set(reversed.map(({ id }) => id)).size).toBe(6_000);
  expect(reversed.slice(0, 2_000)).toEqual(first.slice(0, 2_000));
});
