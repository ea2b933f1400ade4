import { createHash } from "node:crypto";
import type { BlockText, DocumentText, PageText } from "../embeddings/entity-rows.ts";
import { stableId } from "../embeddings/stable-id.ts";
import { chunksOf, sectionsOf, splitText } from "./chunks.ts";
import type { MarkdownFile } from "./markdown-files.server.ts";
import { type MarkdownBlock, parseMarkdownPage } from "./markdown-page.ts";

/** How texts are cut and embedded; a part of the hash, because another way makes other embeddings. */
export interface ChunkingOptions {
  /** Most characters of a chunk. */
  chunkCharacters: number;
  /** Most characters that the provider takes in. */
  inputCharacters: number;
  /** The provider's model. */
  model: string;
}

/** A file as the rows it becomes, before anything is written. */
export interface PlannedPage {
  readonly file: MarkdownFile;
  /** Null where the text does not name itself. */
  readonly title: string | null;
  /** Changes when the text, the chunking or the model does. */
  readonly hash: string;
  readonly blocks: readonly (MarkdownBlock & { readonly id: string })[];
  /** Targets as they stand in the text. */
  readonly links: readonly string[];
  readonly pageText: PageText;
  readonly blockTexts: readonly BlockText[];
  /** One document a section. */
  readonly documents: readonly DocumentText[];
  /** How many different texts are to be embedded. */
  readonly textCount: number;
}

/** A shorter block says too little to be found on its own; it is found as a part of its page. */
const MIN_BLOCK_CHARACTERS = 120;

/** Works out what a file becomes: the same rows with the same ids for the same text. */
export function planPage(
  workspaceId: string,
  pageId: string,
  file: MarkdownFile,
  options: ChunkingOptions,
): PlannedPage {
  const { title, blocks: parsed, links } = parseMarkdownPage(file.markdown);
  const { chunkCharacters, inputCharacters } = options;
  const blocks = parsed.map((block, position) => ({ ...block, id: stableId("block", pageId, position) }));
  const sections = sectionsOf(parsed);
  const chunks = chunksOf(sections, chunkCharacters).map(({ text, heading }) => ({
    text,
    metadata: { heading },
  }));
  const blockTexts = blocks
    .filter(({ type, text }) => type !== "heading" && text.length >= MIN_BLOCK_CHARACTERS)
    .map(({ id, type, text }) => ({
      blockId: id,
      pageId,
      workspaceId,
      chunks: splitText(text, chunkCharacters).map((piece) => ({ text: piece, metadata: { type } })),
    }));
  const documents = sections.flatMap((section, index) => {
    const [whole] = chunksOf([section], Number.MAX_SAFE_INTEGER);
    if (whole === undefined) return [];
    const [first] = chunksOf([section], chunkCharacters);
    const embeddedText = whole.text.length <= inputCharacters ? whole.text : (first?.text ?? whole.text);
    return [
      {
        documentId: stableId("document", pageId, index),
        workspaceId,
        title: section.heading === "" ? (title ?? file.path) : section.heading,
        content: whole.text,
        sourceUri: file.path,
        embeddedText,
        metadata: { pageId, section: index },
      },
    ];
  });
  const texts = new Set([
    ...chunks.map(({ text }) => text),
    ...blockTexts.flatMap((block) => block.chunks.map(({ text }) => text)),
    ...documents.map(({ embeddedText }) => embeddedText),
  ]);
  const hash = createHash("sha256")
    .update(JSON.stringify([file.path, file.markdown, options]))
    .digest("hex");
  const pageText = { pageId, workspaceId, chunks };
  return { file, title, hash, blocks, links, pageText, blockTexts, documents, textCount: texts.size };
}
