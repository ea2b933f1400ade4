/** What `pages.content` holds. Pages that plain SQL wrote may have none of it. */
export interface PageContent {
  readonly format?: "markdown";
  /** The text that the blocks are made of. */
  readonly markdown?: string;
  /** Path of the file or folder that the page was imported from. */
  readonly source?: string;
  /** Of the file, its place and the way it is indexed: the page was imported completely. */
  readonly hash?: string;
  /** SHA-256 of the file that was imported last. */
  readonly file?: string;
  /** Whether somebody has changed the page since it was imported. */
  readonly edited?: boolean;
}

/** A block as `blocks` holds it. */
export interface BlockRow {
  readonly id: string;
  readonly type: string;
  readonly content: unknown;
}

/** What a block's JSON says, whoever wrote it. */
export function blockOf({ id, type, content }: BlockRow): {
  id: string;
  type: string;
  text: string;
  level?: number;
  language?: string;
  depth?: number;
} {
  const { text, level, language, depth } = (content ?? {}) as Record<string, unknown>;
  return {
    id,
    type,
    text: typeof text === "string" ? text : "",
    ...(typeof level === "number" ? { level } : {}),
    ...(typeof language === "string" ? { language } : {}),
    ...(typeof depth === "number" ? { depth } : {}),
  };
}

/** The Markdown text of a page: as it was written, or made from its blocks where it was not kept. */
export function markdownOf(content: PageContent, blocks: readonly ReturnType<typeof blockOf>[]): string {
  if (typeof content?.markdown === "string") return content.markdown;
  return blocks.map(blockMarkdown).join("\n\n");
}

function blockMarkdown({ type, text, level, language, depth }: ReturnType<typeof blockOf>): string {
  switch (type) {
    case "heading":
      return `${"#".repeat(Math.min(6, Math.max(1, level ?? 1)))} ${escaped(text.replace(/\s+/g, " "))}`;
    case "code":
      return fenced(text, language ?? "");
    case "list_item":
      return indented(`- ${escaped(text).replaceAll("\n", "\\\n  ")}`, (depth ?? 1) - 1);
    case "quote":
      return `> ${escaped(text).replaceAll("\n", "\\\n> ")}`;
    case "table":
      return tableMarkdown(text);
    default:
      return escaped(text).replaceAll("\n", "\\\n");
  }
}

function indented(text: string, levels: number): string {
  const indent = "  ".repeat(Math.max(0, levels));
  return text.replace(/^/gm, indent);
}

/** A code block that holds the text whatever stands in it. */
export function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

/** A table from its text, a line a row and its cells between ` | `. */
export function tableMarkdown(text: string): string {
  const rows = text.split("\n").map((line) => line.split(" | ").map((cell) => escaped(cell.trim())));
  const width = Math.max(...rows.map((cells) => cells.length));
  const lines = rows.map(
    (cells) => `| ${Array.from({ length: width }, (_, at) => cells[at] ?? "").join(" | ")} |`,
  );
  return [lines[0], `|${" --- |".repeat(width)}`, ...lines.slice(1)].join("\n");
}

/** A text without markup as Markdown that reads the same. */
export function escaped(text: string): string {
  return (
    text
      .replace(/[\\`*_[\]<>|~&$]/g, "\\$&")
      .replace(/(https?|www|mailto|ftp)([:.])/gi, "$1\\$2")
      .replaceAll("@", "\\@")
      // What begins a heading, a list, a quote or a rule at the start of a line.
      .replace(/^(\s*)([#+=-])/gm, "$1\\$2")
      .replace(/^(\s*\d{1,9})([.)])/gm, "$1\\$2")
  );
}
