import type { MarkdownBlock } from "./markdown-page.ts";

/** The blocks under one heading. */
export interface Section {
  /** The heading, after those above it: `Install › From source`. Empty before the first heading. */
  readonly heading: string;
  readonly blocks: readonly MarkdownBlock[];
}

/** A piece of a text that is embedded on its own. */
export interface Chunk {
  readonly text: string;
  /** Heading of its section. */
  readonly heading: string;
}

/** Splits a page at its headings. A heading without text under it makes no section. */
export function sectionsOf(blocks: readonly MarkdownBlock[]): Section[] {
  const sections: Section[] = [];
  const path: string[] = [];
  let current: MarkdownBlock[] = [];
  const close = () => {
    if (current.length > 0) sections.push({ heading: path.filter(Boolean).join(" › "), blocks: current });
    current = [];
  };
  for (const block of blocks) {
    if (block.type !== "heading") {
      current.push(block);
      continue;
    }
    close();
    path.length = (block.level ?? 1) - 1;
    path.push(block.text);
  }
  close();
  return sections;
}

/**
 * Chunks of at most `characters`: whole paragraphs of one section as long as they fit, longer ones cut at the end
 * of a sentence, a line or a word. Each begins with the last heading above it, which says what it is about.
 */
export function chunksOf(sections: readonly Section[], characters: number): Chunk[] {
  return sections.flatMap(({ heading, blocks }) => {
    const title = cutAt(heading.split(" › ").at(-1) ?? "", Math.floor(characters / 4));
    const prefix = title === "" ? "" : `${title}\n`;
    const room = characters - prefix.length;
    const texts: string[] = [];
    for (const piece of blocks.flatMap(({ text }) => splitText(text, room))) {
      const last = texts.at(-1);
      if (last !== undefined && last.length + 1 + piece.length <= room)
        texts[texts.length - 1] = `${last}\n${piece}`;
      else texts.push(piece);
    }
    return texts.map((text) => ({ text: prefix + text, heading }));
  });
}

/** The first `characters` of a text, one less where the cut would divide a surrogate pair. */
export function cutAt(text: string, characters: number): string {
  return text.length <= characters ? text : text.slice(0, wholeCharacters(text, characters));
}

/** Pieces of at most `characters`, none empty, cut at the last good place of each. */
export function splitText(text: string, characters: number): string[] {
  const pieces: string[] = [];
  let rest = text.trim();
  while (rest.length > characters) {
    const window = rest.slice(0, characters + 1);
    const sentence =
      Math.max(window.lastIndexOf(". "), window.lastIndexOf("! "), window.lastIndexOf("? ")) + 1;
    const places = [sentence, window.lastIndexOf("\n"), window.lastIndexOf(" ")];
    const at = places.find((place) => place > characters / 2) ?? wholeCharacters(rest, characters);
    pieces.push(rest.slice(0, at).trim());
    rest = rest.slice(at).trim();
  }
  if (rest !== "") pieces.push(rest);
  return pieces;
}

/** The cut, or one less where it would divide a surrogate pair. */
function wholeCharacters(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  return code >= 0xd800 && code <= 0xdbff ? Math.max(1, at - 1) : at;
}
