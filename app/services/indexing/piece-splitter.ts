import { RecursiveCharacterTextSplitter } from "@langchain/textsplitters";

/** Cuts after a separator and not before it, so that a sentence keeps its full stop, and never within a character. */
export class PieceSplitter extends RecursiveCharacterTextSplitter {
  protected override splitOnSeparator(text: string, separator: string): string[] {
    if (separator === "") return Array.from(text);
    const pieces = text.split(separator);
    return pieces
      .map((piece, at) => (at < pieces.length - 1 ? piece + separator : piece))
      .filter((piece) => piece !== "");
  }
}
