import type {
  BlockContent,
  DefinitionContent,
  List,
  ListItem,
  Root,
  RootContent,
  Table,
  TableRow,
} from "mdast";
import { markdownRoot, textOf } from "../import/markdown-page.ts";
import { headingAnchor, headingAnchors } from "../rag/heading-anchor.ts";
import { type InlineContext, inlineOf } from "./inline-markdown.ts";
import type { ListItemNode, MarkdownNode, TableNode } from "./markdown-tree.ts";
import { linkDefinitions, placesOf, type ResolveLink } from "./page-links.ts";

/** A block of the page as it is stored: what gives a part of the text its id. */
export interface StoredBlock {
  readonly id: string;
  readonly type: string;
  readonly text: string;
  /** Of a heading, 1 to 6. */
  readonly level?: number;
}

export interface ReadMarkdownOptions {
  /** Left out where the text begins with it, because it stands above the text. */
  readonly title: string;
  /** In the order of the text. */
  readonly blocks: readonly StoredBlock[];
  readonly resolve: ResolveLink;
}

/** Headings below this are too deep for HTML. */
const DEEPEST_HEADING = 6;

/**
 * Reads a Markdown text for the eye. HTML in it is left out, images become links, and every link leads to the web,
 * to a mailbox or to a page. Headings are put on levels that follow each other, below that of the page's title.
 */
export function readMarkdown(markdown: string, options: ReadMarkdownOptions): MarkdownNode[] {
  const root = markdownRoot(markdown);
  const blocks = new BlockIds(options.blocks);
  const first = root.children[0];
  if (first?.type === "heading" && first.depth === 1 && textOf(first) === options.title) {
    blocks.take("heading", options.title);
    root.children.shift();
  }
  const inline: InlineContext = {
    definitions: linkDefinitions(root),
    places: placesOf(root),
    resolve: options.resolve,
  };
  const anchors = headingAnchors(options.blocks, options.title);
  return new Reader(inline, blocks, anchors).all(root.children);
}

/** The stored blocks, handed out in the order in which the text is read. */
class BlockIds {
  private next = 0;
  constructor(private readonly blocks: readonly StoredBlock[]) {}

  /** The id of the next block with this text, which may be a few further on where the two were split differently. */
  take(type: string, text: string): string | undefined {
    if (text === "") return undefined;
    const at = this.blocks.findIndex(
      (block, position) => position >= this.next && block.type === type && block.text === text,
    );
    if (at < 0) return undefined;
    this.next = at + 1;
    return this.blocks[at]?.id;
  }
}

class Reader {
  private readonly taken: Set<string>;
  /** Depths of the headings above the place that is read. */
  private readonly depths: number[] = [];

  constructor(
    private readonly inline: InlineContext,
    private readonly blocks: BlockIds,
    /** Of the headings that are stored, by the ids of their blocks. */
    private readonly anchors: ReadonlyMap<string, string>,
  ) {
    this.taken = new Set(anchors.values());
  }

  all(nodes: Root["children"]): MarkdownNode[] {
    return nodes.flatMap((node) => this.block(node, true));
  }

  private block(node: RootContent, own: boolean): MarkdownNode[] {
    const id = (type: string, text: string) => withId(own ? this.blocks.take(type, text) : undefined);
    switch (node.type) {
      case "heading": {
        const text = textOf(node);
        const children = inlineOf(node.children, this.inline);
        if (children.length === 0) return [];
        if (!own) return [{ type: "paragraph", children: [{ type: "strong", children }] }];
        const blockId = this.blocks.take("heading", text);
        const anchor = blockId === undefined ? this.anchorOf(text) : (this.anchors.get(blockId) ?? blockId);
        return [
          {
            type: "heading",
            ...withId(anchor),
            level: this.levelOf(node.depth),
            children,
          },
        ];
      }
      case "paragraph": {
        const children = inlineOf(node.children, this.inline);
        return children.length === 0
          ? []
          : [{ type: "paragraph", ...id("paragraph", textOf(node)), children }];
      }
      case "code": {
        const language = node.lang ? { language: node.lang } : {};
        return [{ type: "code", ...id("code", node.value.trim()), value: node.value, ...language }];
      }
      case "blockquote": {
        const text = node.children.map(textOf).join("\n").trim();
        return [{ type: "quote", ...id("quote", text), children: this.within(node.children) }];
      }
      case "list":
        return [this.list(node, own)];
      case "table":
        return [this.table(node, own)];
      case "thematicBreak":
        return [{ type: "rule" }];
      case "footnoteDefinition":
        return [
          { type: "footnote", label: node.label ?? node.identifier, children: this.within(node.children) },
        ];
      default:
        return [];
    }
  }

  /** What stands within a block and is found with it. */
  private within(nodes: readonly (BlockContent | DefinitionContent)[]): MarkdownNode[] {
    return nodes.flatMap((node) => this.block(node, false));
  }

  private list(node: List, own: boolean): MarkdownNode {
    return {
      type: "list",
      start: node.ordered ? (node.start ?? 1) : null,
      items: node.children.map((item) => this.item(item, own)),
    };
  }

  /** An item's nested lists have blocks of their own. */
  private item(item: ListItem, own: boolean): ListItemNode {
    const text = item.children.filter(({ type }) => type !== "list").map(textOf);
    const id = own ? this.blocks.take("list_item", text.join("\n").trim()) : undefined;
    return {
      ...withId(id),
      done: item.checked ?? null,
      children: item.children.flatMap((child) => this.block(child, own && child.type === "list")),
    };
  }

  private table(node: Table, own: boolean): TableNode {
    const text = node.children.map((row) => row.children.map(textOf).join(" | ")).join("\n");
    const cells = (row: TableRow) => row.children.map((cell) => inlineOf(cell.children, this.inline));
    const [head, ...rows] = node.children.map(cells);
    return {
      type: "table",
      ...withId(own ? this.blocks.take("table", text) : undefined),
      align: node.align ?? [],
      head: head ?? [],
      rows,
    };
  }

  /** The name of a heading that is not stored; undefined where it has none, or another heading has it. */
  private anchorOf(text: string): string | undefined {
    const anchor = headingAnchor(text);
    if (anchor === "" || this.taken.has(anchor)) return undefined;
    this.taken.add(anchor);
    return anchor;
  }

  private levelOf(depth: number): 2 | 3 | 4 | 5 | 6 {
    while ((this.depths.at(-1) ?? 0) >= depth) this.depths.pop();
    this.depths.push(depth);
    return Math.min(this.depths.length + 1, DEEPEST_HEADING) as 2 | 3 | 4 | 5 | 6;
  }
}

function withId(id: string | undefined): { id?: string } {
  return id === undefined ? {} : { id };
}
