/** A stretch of a text that was cut without regard to what it says. */
interface CutWindow {
  readonly text: string;
  /** Whether it begins where the text does. */
  readonly begins: boolean;
  readonly ends: boolean;
}

/** How far from a cut a sentence may begin or end for the window to be cut there. In characters. */
const NEAR = 300;

/** Where a sentence or a line ends; the space behind it is a part of the match. */
const SENTENCE_END = /[.!?…]["'”’»)]*\s+|[。！？]|\n\s*/g;

/** The whole sentences and lines of a window; whole words where no sentence begins or ends near its cut. */
export function wholeSentences({ text, begins, ends }: CutWindow): string {
  const head = text.slice(0, NEAR);
  const tail = text.slice(-NEAR);
  const first = begins ? 0 : (sentenceEnds(head)[0] ?? head.search(/\s/) + 1);
  const kept = ends ? tail.length : (sentenceEnds(tail).at(-1) ?? lastSpace(tail));
  return text.slice(first, text.length - tail.length + kept).trim();
}

/** The places behind each sentence that ends within a text. */
function sentenceEnds(text: string): number[] {
  return [...text.matchAll(SENTENCE_END)].map((match) => match.index + match[0].length);
}

/** The end where there is no space. */
function lastSpace(text: string): number {
  const at = text.search(/\s\S*$/);
  return at === -1 ? text.length : at;
}
