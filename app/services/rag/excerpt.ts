/** A piece of an excerpt; `match` where it is a word of the query. */
export interface ExcerptPart {
  readonly text: string;
  readonly match: boolean;
}

/** Words of one or two letters are in every text, and so are these. */
const SHORTEST_WORD = 3;
const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    "about after all also and any are because been before between both but can could did does doing down each " +
    "for from had has have her here him his how into its just may more most much not now off once one only other " +
    "our out over own same shall she should some such than that the their them then there these they this those " +
    "through too under until very was were what when where which while who whom why will with would you your"
  ).split(" "),
);

/**
 * The stretch of a text that holds the most different words of a query, cut at spaces, with the words marked.
 * The beginning where no word of the query is in the text (similar in meaning, not in words).
 *
 * @param length most characters of the excerpt, without the ellipses.
 */
export function excerpt(text: string, query: string, length = 280): ExcerptPart[] {
  const plain = withoutMarkup(text);
  const words = wordsOf(query);
  const matches = words.length === 0 ? [] : [...plain.matchAll(patternOf(words))];
  const start = bestStart(plain, matches, length);
  const end = endOf(plain, start, length);
  const cut = `${start > 0 ? "… " : ""}${plain.slice(start, end)}${end < plain.length ? " …" : ""}`;
  return words.length === 0 ? [{ text: cut, match: false }] : marked(cut, words);
}

/** The text on one line, without the commonest marks of Markdown. */
function withoutMarkup(text: string): string {
  const unmarked = text.replace(/```[\w-]*|`|\*\*|^#{1,6} |^ {0,3}[-*] /gm, " ");
  return unmarked.replace(/\s+/g, " ").trim();
}

/** The words of a query that say what it is about, in small letters, each once. */
export function wordsOf(query: string): string[] {
  const words = query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words.filter((word) => word.length >= SHORTEST_WORD && !STOP_WORDS.has(word)))];
}

function patternOf(words: readonly string[]): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join("|")})(?![\\p{L}\\p{N}])`, "giu");
}

/** Looks through the matches once: a window that moves on, with the words that are in it. */
function bestStart(plain: string, matches: readonly RegExpExecArray[], length: number): number {
  if (plain.length <= length) return 0;
  const places = matches.map((match) => ({ at: match.index, word: match[0].toLowerCase() }));
  const inside = new Map<string, number>();
  const count = (word: string, more: number) => inside.set(word, (inside.get(word) ?? 0) + more);
  let best = { start: 0, words: 0 };
  let [first, beyond] = [0, 0];
  for (const { at } of places) {
    const start = wordStart(plain, at - Math.floor(length / 4), length);
    for (let next = places[beyond]; next && next.at < start + length; next = places[++beyond])
      count(next.word, 1);
    for (let passed = places[first]; passed && passed.at < start; passed = places[++first]) {
      count(passed.word, -1);
      if (inside.get(passed.word) === 0) inside.delete(passed.word);
    }
    if (inside.size > best.words) best = { start, words: inside.size };
  }
  return best.start;
}

/** After the next space, where one is near. */
function wordStart(plain: string, position: number, near: number): number {
  if (position <= 0) return 0;
  const space = plain.slice(position, position + near).indexOf(" ");
  return space === -1 ? position : position + space + 1;
}

function endOf(plain: string, start: number, length: number): number {
  if (start + length >= plain.length) return plain.length;
  const space = plain.lastIndexOf(" ", start + length);
  return space > start ? space : start + length;
}

function marked(text: string, words: readonly string[]): ExcerptPart[] {
  return text
    .split(new RegExp(`(${patternOf(words).source})`, "giu"))
    .map((part, position) => ({ text: part, match: position % 2 === 1 }))
    .filter((part) => part.text !== "");
}
