import { PARAGRAPH, splitText } from "../indexing/split-text.ts";

/** A piece of a page's text, as its blocks have it. */
export interface SectionBlock {
  readonly type: string;
  readonly text: string;
  /** Of a heading, 1 to 6. */
  readonly level?: number;
}

/** The blocks under one heading. */
export interface Section<Block extends SectionBlock = SectionBlock> {
  /** The heading, after those above it: `Install › From source`. Empty before the first heading. */
  readonly heading: string;
  readonly blocks: readonly Block[];
}

/** A piece of a text that is embedded on its own. */
export interface Chunk {
  readonly text: string;
  /** Heading of its section. */
  readonly heading: string;
}

/** Splits a page at its headings. A heading without text under it makes no section. */
export function sectionsOf<Block extends SectionBlock>(blocks: readonly Block[]): Section<Block>[] {
  const sections: Section<Block>[] = [];
  const path: string[] = [];
  let current: Block[] = [];
  const close = () => {
    if (current.length > 0) sections.push({ heading: path.filter(Boolean).join(" › "), blocks: current });
    current = [];
  };
  for (const block of blocks) {
    if (block.type !== "heading") {
      if (block.text !== "") current.push(block);
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
 * Chunks of at most `characters`: whole paragraphs of one section as long as they fit, longer ones cut as
 * {@link splitText} does. Each begins with the last heading above it, which says what it is about; before the first
 * heading that is the title.
 */
export async function chunksOf(
  sections: readonly Section[],
  characters: number,
  title = "",
): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for (const section of sections) {
    const about = cutAt(section.heading.split(" › ").at(-1) || title, Math.floor(characters / 4));
    const prefix = about === "" ? "" : `${about}\n`;
    const pieces = await splitText(
      section.blocks.map(({ text }) => text).join(PARAGRAPH),
      characters - prefix.length,
    );
    chunks.push(...pieces.map((piece) => ({ text: prefix + piece, heading: section.heading })));
  }
  return chunks;
}

/** The whole text of a section, after its heading as {@link chunksOf} writes it. */
export function sectionText({ heading, blocks }: Section, title = ""): string {
  const about = heading.split(" › ").at(-1) || title;
  return [...(about === "" ? [] : [about]), ...blocks.map(({ text }) => text)].join("\n");
}

/** The first `characters` of a text, one less where the cut would divide a surrogate pair. */
export function cutAt(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const code = text.charCodeAt(characters - 1);
  const divides = code >= 0xd800 && code <= 0xdbff;
  return text.slice(0, divides ? characters - 1 : characters);
}
