import type { Nodes, Root, RootContent } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { toString as plainText } from "mdast-util-to-string";
import { gfm } from "micromark-extension-gfm";
import { visit } from "unist-util-visit";

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
}

/** Reads CommonMark with the extensions of GitHub. HTML, images and front matter leave no text. */
export function parseMarkdownPage(markdown: string): MarkdownPage {
  const root = fromMarkdown(markdown.replace(/^\uFEFF?---\r?\n[\s\S]*?\n---\r?\n/, ""), {
    extensions: [gfm()],
    mdastExtensions: [gfmFromMarkdown()],
  });
  layOutLines(root);
  const blocks = root.children.flatMap((node) => blocksOf(node, 0)).filter(({ text }) => text !== "");
  const links = new Set<string>();
  visit(root, (node) => {
    if (node.type === "link" || node.type === "definition") links.add(node.url);
  });
  const title = blocks.find(({ type, level }) => type === "heading" && level === 1)?.text ?? null;
  return { title, blocks, links: [...links] };
}

function blocksOf(node: RootContent, depth: number): MarkdownBlock[] {
  switch (node.type) {
    case "heading":
      return [{ type: "heading", text: textOf(node), level: node.depth }];
    case "paragraph":
      return [{ type: "paragraph", text: textOf(node) }];
    case "code":
      return [{ type: "code", text: node.value.trim(), ...(node.lang ? { language: node.lang } : {}) }];
    case "blockquote":
      return [{ type: "quote", text: node.children.map(textOf).join("\n").trim() }];
    case "table":
      return [
        { type: "table", text: node.children.map((row) => row.children.map(textOf).join(" | ")).join("\n") },
      ];
    case "list":
      return node.children.flatMap((item) => {
        const own = item.children.filter((child) => child.type !== "list").map(textOf);
        const nested = item.children.filter((child) => child.type === "list");
        const block: MarkdownBlock = { type: "list_item", text: own.join("\n").trim(), depth: depth + 1 };
        return [block, ...nested.flatMap((list) => blocksOf(list, depth + 1))];
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

function textOf(node: Nodes): string {
  const text = plainText(node, { includeHtml: false, includeImageAlt: false });
  return (node.type === "code" ? text : text.replace(/[^\S\n]+/g, " ")).trim();
}
