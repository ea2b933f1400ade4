import { headingAnchor } from "./heading-anchor.ts";
import type { HitContext } from "./hit-context.server.ts";
import type { FoundItem } from "./search-everything.server.ts";

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

/** What of a hit decides how it is shown. */
export interface Passage
  extends Pick<FoundItem, "type" | "sourceId" | "pageId" | "title" | "text" | "metadata"> {
  readonly context?: Pick<HitContext, "heading"> | undefined;
}

/**
 * Works out what to show of a hit. A page's chunk names the headings above it in `metadata.heading`, and a document
 * that stands for a section of a page names the page in `metadata.pageId`: it is opened there. Where the last heading stands
 * in the page is `metadata.anchor`; rows that have none lead to the first heading with these words.
 */
export function foundPassage(item: Passage): FoundPassage {
  const path = headingsOf(item);
  const last = path.at(-1) ?? "";
  const text = withoutTitle(item.text, last);
  const title = path.join(SEPARATOR);
  if (item.type === "blocks") return { title, text, address: `/app/pages/${item.pageId}#${item.sourceId}` };
  const page = item.pageId ?? item.metadata.pageId;
  if (typeof page !== "string") return { title, text, address: `/app/${item.type}/${item.sourceId}` };
  const { anchor = path.length > 1 ? headingAnchor(last) : "" } = item.metadata;
  return { title, text, address: `/app/pages/${page}${anchor ? `#${anchor}` : ""}` };
}

/** A text without its first line where that repeats the title. */
export function withoutTitle(text: string, title: string): string {
  const last = title.split(SEPARATOR).at(-1) ?? "";
  return last !== "" && text.startsWith(`${last}\n`) ? text.slice(last.length + 1) : text;
}

function headingsOf({ type, title, metadata, context }: Passage): string[] {
  const heading = type === "pages" ? metadata.heading : type === "blocks" ? context?.heading : null;
  const headings = typeof heading === "string" && heading !== "" ? heading.split(SEPARATOR) : [];
  return title === "" || headings[0] === title ? headings : [...title.split(SEPARATOR), ...headings];
}
