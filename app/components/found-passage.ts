import type { FoundItem } from "../services/rag/search-everything.server.ts";
import { headingAnchor } from "./heading-anchor.ts";

/** A hit as its reader sees it. */
export interface FoundPassage {
  /** Where the passage stands: the page, or the page and the heading. Empty where nothing has a name. */
  readonly title: string;
  /** Without the heading that is in the title already. */
  readonly text: string;
  /** The address of its source, at the passage where that has a place of its own. */
  readonly address: string;
}

/** Between the headings of a section's path, as the import writes it. */
const SEPARATOR = " › ";

/** Works out what to show of a hit. A page's chunk names the headings above it in `metadata.heading`. */
export function foundPassage(item: FoundItem): FoundPassage {
  const path = headingsOf(item);
  const last = path.at(-1) ?? "";
  const text = withoutTitle(item.text, last);
  const title = path.join(SEPARATOR);
  if (item.type === "blocks") return { title, text, address: `/app/pages/${item.pageId}#${item.sourceId}` };
  const anchor = item.type === "pages" && path.length > 1 ? `#${headingAnchor(last)}` : "";
  return { title, text, address: `/app/${item.type}/${item.sourceId}${anchor}` };
}

/** A text without its first line where that repeats the title. */
export function withoutTitle(text: string, title: string): string {
  const last = title.split(SEPARATOR).at(-1) ?? "";
  return last !== "" && text.startsWith(`${last}\n`) ? text.slice(last.length + 1) : text;
}

function headingsOf({ type, title, metadata }: FoundItem): string[] {
  const { heading } = metadata;
  const headings = type === "pages" && typeof heading === "string" && heading ? heading.split(SEPARATOR) : [];
  return title === "" || headings[0] === title ? headings : [...title.split(SEPARATOR), ...headings];
}
