/** An escape in what `JSON.stringify` writes: a backslash, NUL, or half of a surrogate pair (whole ones it does not escape). */
const ESCAPE = /\\(?:\\|u0000|ud[89a-f][0-9a-f]{2})/g;

/**
 * A value as JSON that PostgreSQL can make text of. It has no text with a NUL character, which becomes a space, nor
 * with half of a surrogate pair, which becomes the replacement character U+FFFD.
 */
export function storableJson(value: unknown): string {
  return JSON.stringify(value).replace(ESCAPE, (found) => {
    if (found === "\\\\") return found;
    return found === "\\u0000" ? " " : "\ufffd";
  });
}

/** The first character in a value that PostgreSQL has no text for, as its escape in JSON; undefined where all is well. */
export function unstorableCharacter(value: unknown): string | undefined {
  return JSON.stringify(value)
    .match(ESCAPE)
    ?.find((found) => found !== "\\\\");
}

/** A text as {@link storableJson} would store it. */
export function storableText(text: string): string {
  // With the flag u a surrogate is one that has no other half.
  return text.replaceAll("\u0000", " ").replace(/[\ud800-\udfff]/gu, "\ufffd");
}
