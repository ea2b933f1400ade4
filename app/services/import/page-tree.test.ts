import { expect, test } from "vitest";
import { inReadingOrder } from "./markdown-files.server.ts";
import { linkTarget, pageIdsOf, pageTree } from "./page-tree.ts";

test("reading order: a folder's own page, then its files and folders by name", () => {
  const paths = ["b.md", "a/z.md", "a/README.md", "README.md", "a/c/index.md", "a/b.md"];
  expect(inReadingOrder(paths)).toEqual([
    "README.md",
    "a/README.md",
    "a/b.md",
    "a/c/index.md",
    "a/z.md",
    "b.md",
  ]);
});

test("folders become pages, a README is the page of its folder, parents come first", () => {
  const paths = ["README.md", "a/README.md", "a/b/c.md", "d.md"];
  const ids = pageIdsOf("w", paths);
  const tree = pageTree("w", ids);
  const titles = new Map(tree.map(({ id, fallbackTitle }) => [id, fallbackTitle]));
  expect(
    tree.map((page) => [page.path, page.fallbackTitle, page.parentId && titles.get(page.parentId)]),
  ).toEqual([
    ["README.md", "README", null],
    ["a/README.md", "a", null],
    ["a/b/", "b", "a"],
    ["a/b/c.md", "c", "b"],
    ["d.md", "d", null],
  ]);
  expect(new Set(ids.values()).size).toBe(4);
});

test("only one file is the page of a folder; ids belong to the workspace", () => {
  const ids = pageIdsOf("w", ["a/README.md", "a/index.md"]);
  expect(pageTree("w", ids).map(({ path }) => path)).toEqual(["a/README.md", "a/index.md"]);
  expect(pageIdsOf("other", ["a/README.md"]).get("a/README.md")).not.toBe(ids.get("a/README.md"));
});

test.each([
  ["b.md", "docs/b.md"],
  ["./b.md#part", "docs/b.md"],
  ["../README.md?x=1", "README.md"],
  ["/docs/b.md", "docs/b.md"],
  ["b", "docs/b.md"],
  ["sub/", "docs/sub/README.md"],
  ["with%20space.md", "docs/with space.md"],
  ["missing.md", null],
  ["../../outside.md", null],
  ["#part", null],
  ["", null],
  ["https://example.org/b.md", null],
  ["mailto:a@example.org", null],
  ["//example.org/b.md", null],
  ["100%.md", null],
])("the link %s in docs/a.md is %s", (link, target) => {
  const files = ["README.md", "docs/b.md", "docs/sub/README.md", "docs/with space.md"];
  expect(linkTarget("docs/a.md", link, (path) => files.includes(path))).toBe(target);
});
