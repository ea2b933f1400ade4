import { type AnswerPiece, answerBlocks } from "./answer-blocks.ts";

/** The whole sentences of an answer so far, for a screen reader; an unfinished one waits. */
export function spokenSentences(answer: string, ended: boolean): string[] {
  const lines = answerBlocks(answer).flatMap((block) => {
    if (block.kind === "code") return [block.text];
    return block.kind === "list" ? block.items.map(spoken) : [spoken(block.pieces)];
  });
  const sentences = lines.flatMap((line, position) => {
    const parts = line.split(/(?<=[.!?…。！？]["”’»)]?)\s+/u);
    const unfinished = !ended && position === lines.length - 1;
    return unfinished ? parts.slice(0, -1) : parts;
  });
  return sentences.map((sentence) => sentence.trim()).filter((sentence) => sentence !== "");
}

function spoken(pieces: readonly AnswerPiece[]): string {
  const text = pieces.map((piece) => (piece.kind === "cite" ? "" : piece.text)).join("");
  return text.replace(/\s+([.,;:!?…])/g, "$1");
}
