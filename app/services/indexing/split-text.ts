/** Stands between the paragraphs of a text that is to be split, and for a line end in what comes out. */
export const PARAGRAPH = "\u2029";

/** What a piece repeats of the one before it, of all that it may hold: who finds the one can read on in the other. */
const OVERLAP = 0.15;

const SEPARATORS = [PARAGRAPH, "\n\n", "\n", ". ", "! ", "? ", "。", "！", "？", " ", ""];

/**
 * Pieces of at most `characters` (UTF-16 units), none empty, cut between paragraphs, else lines, sentences, words, and
 * within a word only where it is longer than a piece. Neighbours overlap where the cut is within a paragraph, or a
 * whole paragraph fits into the overlap.
 */
export async function splitText(text: string, characters: number): Promise<string[]> {
  const whole = text.trim();
  const pieces = whole.length <= characters ? [whole] : await cutPieces(whole, characters);
  return pieces.map((piece) => piece.replaceAll(PARAGRAPH, "\n").trim()).filter((piece) => piece !== "");
}

async function cutPieces(text: string, characters: number): Promise<string[]> {
  // The splitter takes half a second to load, and most texts need none.
  const { PieceSplitter } = await import("./piece-splitter.ts");
  const splitter = new PieceSplitter({
    chunkSize: characters,
    chunkOverlap: Math.floor(characters * OVERLAP),
    separators: SEPARATORS,
    keepSeparator: true,
  });
  return await splitter.splitText(text);
}
