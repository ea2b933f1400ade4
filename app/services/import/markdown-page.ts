import type { ListItem, Nodes, Root, RootContent } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { toString as plainText } from "mdast-util-to-string";
import { gfm } from "micromark-extension-gfm";
import { visit } from "unist-util-visit";
import { checkContainers, checkDepth, withinStack } from "./markdown-depth.ts";
import { limitedEmphasis } from "./markdown-emphasis.ts";
import { wikiTitles, withoutWikiLinks } from "./wiki-links.ts";

export type BlockType = "heading" | "paragraph" | "code" | "list_item" | "quote" | "table";

/** A block of a page: text without markup, and what its type needs beside it. */
export interface MarkdownBlock {
  readonly type: BlockType;
  readonly text: string;
  /** Of a heading, 1 to 6. */
  readonly level?: number;
  /** Of a code block. */
  readonly language?: string;
  /** Of a list item: in how many lists it is. */
  readonly depth?: number;
}

/** What a Markdown text is, for a page. */
export interface MarkdownPage {
  /** The text of the first heading of level 1; null without one. */
  readonly title: string | null;
  /** In the order of the text; none is empty. */
  readonly blocks: readonly MarkdownBlock[];
  /** Targets of its links as they stand in the text, each once; not those of images. */
  readonly links: readonly string[];
  /** The titles in its `[[…]]`, each once; not those in code. */
  readonly titles: readonly string[];
}

/** What stands before the text, for tools. */
export const FRONT_MATTER = /^\uFEFF?---\r?\n[\s\S]*?\n---\r?\n/;

/**
 * The tree of a text in CommonMark with the extensions of GitHub, without front matter; its lines end only at hard breaks.
 * @throws {ContentError} where quotes, lists or emphasis stand too deep within each other, or one paragraph has too many
 * marks of emphasis
 */
export function markdownRoot(markdown: string): Root {
  checkContainers(markdown);
  const root = withinStack(() =>
    fromMarkdown(markdown.replace(FRONT_MATTER, ""), {
      extensions: [gfm(), limitedEmphasis()],
      mdastExtensions: [gfmFromMarkdown()],
    }),
  );
  checkDepth(root);
  layOutLines(root);
  return root;
}

/**
 * Reads a text as a page. HTML, images and front matter leave no text.
 * @throws {ContentError} as {@link markdownRoot}
 */
export function parseMarkdownPage(markdown: string): MarkdownPage {
  const root = markdownRoot(markdown);
  const blocks = placedBlocks(root).map(({ block }) => block);
  const links = new Set<string>();
  const titles = new Set<string>();
  visit(root, (node) => {
    if (node.type === "link" || node.type === "definition") links.add(node.url);
    if (node.type === "text") for (const title of wikiTitles(node.value)) titles.add(title);
  });
  const title = blocks.find(({ type, level }) => type === "heading" && level === 1)?.text ?? null;
  return { title, blocks, links: [...links], titles: [...titles] };
}

/** A block and the part of the tree that it was read from. */
export interface PlacedBlock {
  readonly block: MarkdownBlock;
  readonly node: RootContent | ListItem;
}

/** The blocks of a text, in order. */
export function placedBlocks(root: Root): PlacedBlock[] {
  return root.children.flatMap((node) => blocksOf(node, 0)).filter(({ block }) => block.text !== "");
}

function blocksOf(node: RootContent, depth: number): PlacedBlock[] {
  switch (node.type) {
    case "heading":
      return [{ block: { type: "heading", text: textOf(node), level: node.depth }, node }];
    case "paragraph":
      return [{ block: { type: "paragraph", text: textOf(node) }, node }];
    case "code": {
      const language = node.lang ? { language: node.lang } : {};
      return [{ block: { type: "code", text: node.value.trim(), ...language }, node }];
    }
    case "blockquote":
      return [{ block: { type: "quote", text: node.children.map(textOf).join("\n").trim() }, node }];
    case "table": {
      const text = node.children.map((row) => row.children.map(textOf).join(" | ")).join("\n");
      return [{ block: { type: "table", text }, node }];
    }
    case "list":
      return node.children.flatMap((item) => {
        const own = item.children.filter((child) => child.type !== "list").map(textOf);
        const nested = item.children.filter((child) => child.type === "list");
        const block: MarkdownBlock = { type: "list_item", text: own.join("\n").trim(), depth: depth + 1 };
        return [{ block, node: item }, ...nested.flatMap((list) => blocksOf(list, depth + 1))];
      });
    default:
      return [];
  }
}

/** A line end in the source is a space to the reader, and only a hard break is a new line (CommonMark 0.31, 6.7 and 6.8). */
function layOutLines(root: Root): void {
  visit(root, "text", (node) => {
    node.value = node.value.replace(/\s*\n\s*/g, " ");
  });
  visit(root, "break", (_, index, parent) => {
    if (index !== undefined) parent?.children.splice(index, 1, { type: "text", value: "\n" });
  });
}

/** What a reader sees of a node, without markup. */
export function textOf(node: Nodes): string {
  const text = plainText(node, { includeHtml: false, includeImageAlt: false });
  return (node.type === "code" ? text : withoutWikiLinks(text).replace(/[^\S\n]+/g, " ")).trim();
}
