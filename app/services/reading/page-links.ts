import type { Root } from "mdast";
import { visit } from "unist-util-visit";
import { textOf } from "../import/markdown-page.ts";
import { headingAnchor } from "../rag/heading-anchor.ts";

/** What a page's text links to: an address as it stands there, or a title. */
export type PageLinkTarget = { readonly url: string } | { readonly title: string };

/** The address in the app of what a link means; null where the workspace has no such page. */
export type ResolveLink = (target: PageLinkTarget) => string | null;

/** The addresses of reference links, by identifier. */
export function linkDefinitions(root: Root): Map<string, string> {
  const definitions = new Map<string, string>();
  visit(root, "definition", ({ identifier, url }) => {
    if (!definitions.has(identifier)) definitions.set(identifier, url);
  });
  return definitions;
}

/** The ids of the headings of a text by their {@link squeezed} names. */
export function placesOf(root: Root): Map<string, string> {
  const places = new Map<string, string>();
  for (const node of root.children) {
    const anchor = node.type === "heading" ? headingAnchor(textOf(node)) : "";
    if (anchor !== "" && !places.has(squeezed(anchor))) places.set(squeezed(anchor), anchor);
  }
  return places;
}

/** A fragment as letters and digits alone, because every tool puts hyphens elsewhere. */
export function squeezed(fragment: string): string {
  return decodedFragment(fragment)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "");
}

/** What a fragment says; as it is where it is not encoded well. */
export function decodedFragment(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}
