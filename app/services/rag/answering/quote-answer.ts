import { wordsOf } from "../excerpt.ts";
import type { Citation } from "./answer-events.ts";
import { asCharacters } from "./citation-markers.ts";
import { quotableSentences } from "./quotable-sentences.ts";

/** Embeds texts, one vector each in their order. */
export type Embed = (texts: readonly string[], signal: AbortSignal) => Promise<number[][]>;

/** Most sentences that are compared; each takes the local model about 15 ms of one core. And most of one passage. */
const MOST_COMPARED = 40;
const MOST_OF_PASSAGE = 8;

/** How much less similar to the question than the best passage one may be whose sentences are compared. */
const NEAR_PASSAGE = 0.2;

const MOST_QUOTES = 4;

/** What the words of the question in a sentence add to its similarity, where all of them are in it. */
const WORDS_WEIGHT = 0.2;

/**
 * The least score of a sentence that answers. Measured with the local model on 30 questions that two workspaces of real
 * text answer (a team's handbook; the documentation of this app and of 14 npm packages) and 30 that they do not:
 * the best sentence scores 0.40 or more for 29 of the former (median 0.59), and less for 28 of the latter (median 0.30).
 * By similarity alone that is so for 28 and 28.
 */
const LEAST_SCORE = 0.4;

/** How far below the best sentence another one may be and still be quoted. */
const NEAR_BEST = 0.15;

/** Weight of the score against the likeness to what is quoted already (maximal marginal relevance, Carbonell and Goldstein 1998). */
const RELEVANCE = 0.7;

/** From this likeness on (cosine), a sentence repeats another one in other words. */
const REPEATS = 0.9;

interface Sentence {
  readonly text: string;
  readonly source: Citation;
  /** Place within its passage. */
  readonly position: number;
}

interface Scored extends Sentence {
  readonly score: number;
  readonly vector: readonly number[];
}

/**
 * An answer without a language model: the sentences of the sources that come nearest to the question, word for word. Where
 * none comes near it says so and names the nearest pages.
 *
 * @returns the text of the answer, with `[n]` behind each quote. @throws what `embed` throws.
 */
export async function quoteAnswer(
  query: string,
  sources: readonly Citation[],
  embed: Embed,
  signal: AbortSignal,
): Promise<string> {
  const sentences = sentencesToCompare(query, sources);
  if (sentences.length === 0) return noAnswer(sources);
  const [question = [], ...vectors] = await embed([query, ...sentences.map(({ text }) => text)], signal);
  const words = wordsOf(query).map(stem);
  const scored = sentences.map((sentence, index): Scored => {
    const vector = vectors[index] ?? [];
    const score = cosine(question, vector) + WORDS_WEIGHT * shareOf(words, sentence.text);
    return { ...sentence, vector, score };
  });
  const quotes = chooseQuotes(scored);
  return quotes.length === 0 ? noAnswer(sources) : quoted(quotes);
}

/** Each sentence once, of a long passage those with most words of the question. */
function sentencesToCompare(query: string, sources: readonly Citation[]): Sentence[] {
  const words = wordsOf(query).map(stem);
  const known = new Set<string>();
  const least = Math.max(...sources.map(({ similarity }) => similarity)) - NEAR_PASSAGE;
  return sources
    .filter(({ similarity }) => similarity >= least)
    .flatMap((source) =>
      quotableSentences(source.text)
        .map((text, position) => ({ text, source, position }))
        .filter(({ text }) => !known.has(text) && known.add(text))
        .sort((a, b) => shareOf(words, b.text) - shareOf(words, a.text) || a.position - b.position)
        .slice(0, MOST_OF_PASSAGE),
    )
    .slice(0, MOST_COMPARED);
}

/** The best sentences with little repetition, the best first. */
function chooseQuotes(scored: readonly Scored[]): Scored[] {
  const best = Math.max(...scored.map(({ score }) => score));
  const least = Math.max(LEAST_SCORE, best - NEAR_BEST);
  let rest = scored.filter(({ score }) => score >= least);
  const chosen: Scored[] = [];
  while (rest.length > 0 && chosen.length < MOST_QUOTES) {
    const value = ({ score, vector }: Scored) =>
      RELEVANCE * score -
      (1 - RELEVANCE) * Math.max(0, ...chosen.map((other) => cosine(vector, other.vector)));
    const next = rest.reduce((a, b) => (value(b) > value(a) ? b : a));
    chosen.push(next);
    rest = rest.filter((sentence) => sentence !== next && cosine(sentence.vector, next.vector) < REPEATS);
  }
  return chosen;
}

/** One item for each passage, its sentences in their order; what stands between two of them is left out visibly. */
function quoted(quotes: readonly Scored[]): string {
  const sources = [...new Set(quotes.map(({ source }) => source))];
  const items = sources.map((source) => {
    const own = quotes.filter((quote) => quote.source === source).sort((a, b) => a.position - b.position);
    const text = own.reduce((before, { text, position }, index) => {
      const adjacent = own[index - 1]?.position === position - 1;
      return before + (index === 0 ? "" : adjacent ? " " : " … ") + asCharacters(text);
    }, "");
    return `- “${text}” [${source.n}]`;
  });
  return `No language model wrote this: these are the sentences that come nearest to your question.\n\n${items.join("\n")}\n`;
}

function noAnswer(sources: readonly Citation[]): string {
  const nothing = "Nothing in this workspace comes near enough to your question to be quoted as an answer.";
  const nearest = new Map(sources.map(({ title, n }) => [title, n]).reverse() as [string, number][]);
  const items = [...nearest]
    .sort(([, a], [, b]) => a - b)
    .slice(0, 3)
    .map(([title, n]) => `- ${asCharacters(title) || "Untitled"} [${n}]`);
  if (items.length === 0) return `${nothing}\n`;
  return `${nothing} The nearest passages, which may not be about it at all:\n\n${items.join("\n")}\n`;
}

/** How many of the words begin a word of the text, 0 to 1. */
function shareOf(stems: readonly string[], text: string): number {
  if (stems.length === 0) return 0;
  const inText = new Set(wordsOf(text).map(stem));
  return stems.filter((word) => inText.has(word)).length / stems.length;
}

/** Enough of a word to know it in another form: `release` and `releasing`. */
function stem(word: string): string {
  return word.slice(0, 5);
}

function cosine(a: readonly number[], b: readonly number[]): number {
  let [product, squaresA, squaresB] = [0, 0, 0];
  for (let at = 0; at < a.length; at += 1) {
    const [x, y] = [a[at] ?? 0, b[at] ?? 0];
    product += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  return product === 0 ? 0 : product / Math.sqrt(squaresA * squaresB);
}
