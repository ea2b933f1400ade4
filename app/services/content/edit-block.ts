import { isDeepStrictEqual } from "node:util";
import type { Point } from "unist";
import {
  FRONT_MATTER,
  type MarkdownBlock,
  markdownRoot,
  type PlacedBlock,
  parseMarkdownPage,
  placedBlocks,
} from "../import/markdown-page.ts";
import { withoutWikiLinks } from "../import/wiki-links.ts";
import { escaped, fenced, tableMarkdown } from "./page-content.ts";

/**
 * The Markdown text of a page with the text of one block replaced, or without the block; what stands around it stays as
 * it was written. Markup within the block goes.
 * @param index which of the blocks of the text
 * @param text without markup, but `[[Title]]` is a link; null takes the block away
 * @returns null where no Markdown says just that
 */
export function editBlock(markdown: string, index: number, text: string | null): string | null {
  const before = FRONT_MATTER.exec(markdown)?.[0] ?? "";
  const body = markdown.slice(before.length);
  const blocks = placedBlocks(markdownRoot(markdown));
  const placed = blocks[index];
  const range = placed === undefined ? null : rangeOf(placed, text === null);
  if (placed === undefined || range === null) return null;
  const wanted = text === null ? null : plain(placed.block.type, text);
  const source = wanted === null ? "" : sourceOf({ ...placed.block, text: wanted }, range.indent);
  const edited = before + body.slice(0, range.from) + source + body.slice(range.to);
  const expected = blocks.flatMap(({ block }, at) => {
    if (at !== index) return [block];
    if (wanted === null) return [];
    return [{ ...block, text: block.type === "code" ? wanted : withoutWikiLinks(wanted) }];
  });
  return isDeepStrictEqual(parseMarkdownPage(edited).blocks, expected) ? edited : null;
}

/** A text as a block of this type can have it. */
function plain(type: string, text: string): string {
  if (type === "code") return text.trim();
  const lines = text
    .trim()
    .replace(/[^\S\n]+/g, " ")
    .replace(/ ?\n[\s]*/g, "\n");
  return type === "heading" ? lines.replaceAll("\n", " ") : lines;
}

function sourceOf({ type, text, level, language }: MarkdownBlock, indent: string): string {
  const lines = (prefix: string) => escaped(text).replaceAll("\n", `\\\n${prefix}`);
  switch (type) {
    case "heading":
      return `${"#".repeat(level ?? 1)} ${escaped(text)}`;
    case "code":
      return fenced(text, language ?? "");
    case "quote":
      return `> ${lines("> ")}`;
    case "table":
      return tableMarkdown(text);
    default:
      return lines(indent);
  }
}

/** Where a block stands in the text after the front matter; of a list item only its own words, unless it goes whole. */
function rangeOf({ node }: PlacedBlock, goes: boolean): { from: number; to: number; indent: string } | null {
  if (node.type !== "listItem" || (goes && node.children.every(({ type }) => type !== "list"))) {
    return rangeBetween(node.position?.start, node.position?.end);
  }
  const own = node.children.filter(({ type }) => type !== "list");
  return rangeBetween(own[0]?.position?.start, own.at(-1)?.position?.end);
}

function rangeBetween(start: Point | undefined, end: Point | undefined) {
  if (start?.offset === undefined || end?.offset === undefined) return null;
  return { from: start.offset, to: end.offset, indent: " ".repeat(start.column - 1) };
}
