/** A piece of a line; `cite` points to the source with that number. */
export type AnswerPiece =
  | { readonly kind: "text" | "strong" | "code"; readonly text: string }
  | { readonly kind: "cite"; readonly n: number };

export type AnswerBlock =
  | { readonly kind: "paragraph"; readonly pieces: readonly AnswerPiece[] }
  | { readonly kind: "list"; readonly ordered: boolean; readonly items: readonly (readonly AnswerPiece[])[] }
  | { readonly kind: "code"; readonly text: string };

const FENCE = /^\s*(`{3,})[^`]*$/;
const ITEM = /^\s*(?:[-*•]|(\d+)[.)])\s+/;
const PIECE = /\\([[\]\\`*])|(`+)(?!`)(.*?[^`])\2(?!`)|`+|\*\*(?=\S)((?:\\.|[^*\\`[])+?)\*\*|\[(\d{1,3})\]/g;

/** Reads the text of an answer, finished or not: paragraphs, lists and code. Nothing in it becomes a link but `[n]`. */
export function answerBlocks(answer: string): AnswerBlock[] {
  const blocks: AnswerBlock[] = [];
  let pieces: AnswerPiece[] = [];
  let fence: { mark: string; lines: string[] } | null = null;
  const close = () => {
    if (pieces.length > 0) blocks.push({ kind: "paragraph", pieces });
    pieces = [];
  };
  for (const line of answer.split("\n")) {
    if (fence !== null) {
      if (line.trim().startsWith(fence.mark)) {
        blocks.push({ kind: "code", text: fence.lines.join("\n") });
        fence = null;
      } else fence.lines.push(line);
      continue;
    }
    const mark = FENCE.exec(line)?.[1];
    const item = ITEM.exec(line);
    if (mark !== undefined) {
      close();
      fence = { mark, lines: [] };
    } else if (item !== null) {
      close();
      addItem(blocks, item[1] !== undefined, answerPieces(line.slice(item[0].length)));
    } else if (line.trim() === "") close();
    else {
      // Line by line, as the markers were checked: code does not go on in the next line.
      if (pieces.length > 0) pieces.push({ kind: "text", text: " " });
      pieces.push(...answerPieces(line.trim().replace(/^#{1,6}\s+/, "")));
    }
  }
  close();
  if (fence !== null) blocks.push({ kind: "code", text: fence.lines.join("\n") });
  return blocks;
}

/** The pieces of one line. */
export function answerPieces(line: string): AnswerPiece[] {
  const pieces: AnswerPiece[] = [];
  const addText = (text: string) => {
    const last = pieces.at(-1);
    if (text === "") return;
    if (last?.kind === "text") pieces[pieces.length - 1] = { kind: "text", text: last.text + text };
    else pieces.push({ kind: "text", text });
  };
  let at = 0;
  for (const match of line.matchAll(PIECE)) {
    const [whole, character, , code, strong, n] = match;
    addText(line.slice(at, match.index));
    at = match.index + whole.length;
    if (character !== undefined) addText(character);
    else if (code !== undefined) pieces.push({ kind: "code", text: code.trim() });
    else if (strong !== undefined) pieces.push({ kind: "strong", text: strong.replace(/\\(.)/g, "$1") });
    else if (n !== undefined) pieces.push({ kind: "cite", n: Number(n) });
    else addText(whole);
  }
  addText(line.slice(at));
  return pieces;
}

function addItem(blocks: AnswerBlock[], ordered: boolean, pieces: readonly AnswerPiece[]): void {
  const last = blocks.at(-1);
  if (last?.kind === "list" && last.ordered === ordered) {
    blocks[blocks.length - 1] = { ...last, items: [...last.items, pieces] };
  } else blocks.push({ kind: "list", ordered, items: [pieces] });
}
