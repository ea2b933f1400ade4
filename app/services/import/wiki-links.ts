/** `[[Title]]` or `[[Title|words]]`. */
export const WIKI_LINK = /\[\[([^[\]|\n]+)(?:\|([^[\]|\n]*))?\]\]/g;

/** A title as links compare it: case, spaces and the way in which accents are written make no difference. */
export function titleKey(title: string): string {
  return title.normalize("NFC").replace(/\s+/g, " ").trim().toLowerCase();
}

/** The titles that a text without markup names in `[[…]]`. */
export function wikiTitles(text: string): string[] {
  return [...text.matchAll(WIKI_LINK)]
    .map((match) => (match[1] ?? "").trim())
    .filter((title) => title !== "");
}

/** A text as it reads: the words of each `[[…]]` without the brackets. */
export function withoutWikiLinks(text: string): string {
  return text.replace(
    WIKI_LINK,
    (_, title: string, words: string | undefined) => (words ?? title).trim() || title.trim(),
  );
}
