/** Shorter ones say nothing by themselves, longer ones are no sentences. In characters. */
const SHORTEST = 20;
const LONGEST = 600;

/** A line of this many characters that ends within a sentence was broken to fit, and goes on in the next one. */
const WRAPPED_LINE = 50;

/** How much of a sentence is letters, digits and the marks of prose; code and tables are below. */
const LEAST_PROSE = 0.92;

const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });

/**
 * The sentences of a passage that can be quoted by themselves, as they stand in it (where lines were broken to fit,
 * with a blank for the break). Headings, questions, code and tables are none; the mark of a list item is not a part of its sentence.
 */
export function quotableSentences(text: string): string[] {
  return paragraphsOf(text).flatMap((paragraph) =>
    [...segmenter.segment(paragraph)].map(({ segment }) => segment.trim()).filter(isProse),
  );
}

/** The lines outside fenced code, without the marks of their kinds. */
function paragraphsOf(text: string): string[] {
  const paragraphs: string[] = [];
  let fenced = false;
  let wrapped = false;
  for (const line of text.split("\n")) {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    const plain = fenced ? "" : line.replace(/^\s*(?:[-*+•]|\d+[.)]|>|#{1,6})\s+/, "").trim();
    const goesOn = wrapped && plain !== "" && plain === line.trim();
    if (goesOn) paragraphs[paragraphs.length - 1] += ` ${plain}`;
    else if (plain !== "") paragraphs.push(plain);
    wrapped = plain.length >= WRAPPED_LINE && !/[.!?:;|]$/.test(plain);
  }
  return paragraphs;
}

function isProse(sentence: string): boolean {
  const { length } = sentence;
  if (length < SHORTEST || length > LONGEST || !/\S\s+\S+\s/.test(sentence)) return false;
  // A table, code, what leads to something else, a question.
  if (/ \| |[=<>{}\\]|[;:|]$|[?？]["'”’»)]*$/.test(sentence)) return false;
  const prose = sentence.match(/[\p{L}\p{M}\p{N}\s,.:;!?…。、！？()"'“”‘’«»–—-]/gu)?.length ?? 0;
  if (prose / length < LEAST_PROSE) return false;
  // What does not end as a sentence is the text of a list item at best, and that begins as one.
  return /[.!…。！]["'”’»)]*$/u.test(sentence) || /^[\p{Lu}\p{Lo}\p{N}][^()_]*$/u.test(sentence);
}
