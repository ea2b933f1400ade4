import type { PhrasingContent } from "mdast";
import { WIKI_LINK } from "../import/wiki-links.ts";
import type { Inline, InlineLink } from "./markdown-tree.ts";
import { type ResolveLink, squeezed } from "./page-links.ts";

export interface InlineContext {
  /** Addresses of reference links, by identifier. */
  readonly definitions: ReadonlyMap<string, string>;
  /** Fragments as other tools write them, squeezed, to the headings' ids. @see squeezed */
  readonly places: ReadonlyMap<string, string>;
  readonly resolve: ResolveLink;
}

/** Reads the words of a paragraph, heading or cell. Where nothing is left to read there is nothing. */
export function inlineOf(nodes: readonly PhrasingContent[], context: InlineContext): Inline[] {
  const read = joined(nodes.flatMap((node) => oneOf(node, context)));
  return isBlank(read) ? [] : read;
}

function oneOf(node: PhrasingContent, context: InlineContext): Inline[] {
  switch (node.type) {
    case "text":
      return withWikiLinks(node.value, context);
    case "strong":
    case "emphasis":
    case "delete": {
      const children = inlineOf(node.children, context);
      return children.length === 0 ? [] : [{ type: node.type, children }];
    }
    case "inlineCode":
      return [{ type: "code", value: node.value }];
    case "break":
      return ["\n"];
    case "html":
      return /^<br\b/i.test(node.value) ? ["\n"] : [];
    case "link":
      return linked(node.url, withoutLinks(node.children, context), context);
    case "linkReference":
      return linked(
        context.definitions.get(node.identifier) ?? "",
        withoutLinks(node.children, context),
        context,
      );
    case "image":
      return linked(node.url, words(node.alt), context);
    case "imageReference":
      return linked(context.definitions.get(node.identifier) ?? "", words(node.alt), context);
    case "footnoteReference":
      return [{ type: "note", label: node.label ?? node.identifier }];
    default:
      return [];
  }
}

/** A link, or only its words where it leads nowhere that is safe and known. */
function linked(url: string, children: readonly Inline[], context: InlineContext): Inline[] {
  if (isBlank(children)) return [];
  const target = targetOf(url, context);
  return target === null ? [...children] : [{ type: "link", ...target, children }];
}

function targetOf(
  url: string,
  { places, resolve }: InlineContext,
): Pick<InlineLink, "href" | "leads"> | null {
  if (url.startsWith("#")) {
    const place = places.get(squeezed(url));
    return place === undefined ? null : { href: `#${place}`, leads: "within-page" };
  }
  if (/^(https?:\/\/|mailto:)/i.test(url)) return { href: url, leads: "elsewhere" };
  const address = resolve({ url });
  return address === null ? null : { href: address, leads: "to-page" };
}

/** Splits a text at `[[Title]]` and `[[Title|words]]`. */
function withWikiLinks(text: string, { resolve }: InlineContext): Inline[] {
  const read: Inline[] = [];
  let from = 0;
  for (const match of text.matchAll(WIKI_LINK)) {
    const title = (match[1] ?? "").trim();
    if (title === "") continue;
    const address = resolve({ title });
    read.push(text.slice(from, match.index), {
      type: "link",
      href: address ?? `/app/pages/new?${new URLSearchParams({ title })}`,
      leads: address === null ? "missing" : "to-page",
      children: [(match[2] ?? title).trim() || title],
    });
    from = match.index + match[0].length;
  }
  return [...read, text.slice(from)].filter((part) => part !== "");
}

/** What stands in a link cannot be one itself: of an image its words stay, of another link too. */
function withoutLinks(nodes: readonly PhrasingContent[], context: InlineContext): Inline[] {
  return joined(flattened(nodes.flatMap((node) => oneOf(node, context))));
}

function flattened(parts: readonly Inline[]): Inline[] {
  return parts.flatMap((part): Inline[] => {
    if (typeof part === "string" || !("children" in part)) return [part];
    const children = flattened(part.children);
    return part.type === "link" ? children : [{ type: part.type, children }];
  });
}

function joined(parts: readonly Inline[]): Inline[] {
  const whole: Inline[] = [];
  for (const part of parts) {
    const last = whole.at(-1);
    if (typeof part === "string" && typeof last === "string") whole[whole.length - 1] = last + part;
    else whole.push(part);
  }
  return whole;
}

function isBlank(parts: readonly Inline[]): boolean {
  return parts.every((part) => typeof part === "string" && part.trim() === "");
}

function words(text: string | null | undefined): Inline[] {
  return text ? [text] : [];
}
