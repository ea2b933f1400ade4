const LONGEST_TEXT = 40;

/** A value as an error message names it, never long: `the text "10; DROP"`, `NaN`, `an array of 3`, `a function`. */
export function inWords(value: unknown): string {
  if (typeof value === "string") return `the text ${quotedText(value)}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  return typeof value === "bigint" ? `the bigint ${value}` : String(value);
}

/** A text in quotes, shortened, with its control characters and broken characters as escapes. */
export function quotedText(text: string): string {
  return JSON.stringify(text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text);
}
