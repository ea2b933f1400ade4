import { wordsOf } from "../excerpt.ts";

/** Most terms that are looked for: each is a bit of one number, and costs a pass over the text. */
const MOST_TERMS = 32;

/** Enough of a word to know it in another form: `release` and `releasing`. In characters. */
const STEM = 5;

/** Scripts that write no spaces between words. */
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

/**
 * What to look for in a text, in small letters, to find the words of a query: their beginnings; of short words, which are within
 * many others, with a space before them; of scripts without spaces each two neighbouring characters.
 */
export function windowTerms(query: string): string[] {
  const terms = wordsOf(query).flatMap((word) => {
    const characters = [...word];
    if (UNSPACED.test(word)) {
      return characters.slice(1).map((character, at) => `${characters[at]}${character}`);
    }
    return [characters.length < STEM ? ` ${word}` : characters.slice(0, STEM).join("")];
  });
  return [...new Set(terms)].slice(0, MOST_TERMS);
}
