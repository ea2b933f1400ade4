/** The beginning of a text, cut at a space where it is longer than so many characters. */
export function beginningOf(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const window = text.slice(0, characters + 1);
  const space = window.search(/\s\S*$/);
  return `${(space > 0 ? window.slice(0, space) : withoutHalf(window.slice(0, -1))).trimEnd()} …`;
}

/** The end of a text, cut at a space where it is longer than so many characters. */
export function endOf(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const window = text.slice(-characters - 1);
  const space = window.search(/\s/);
  return `… ${(space >= 0 ? window.slice(space) : withoutHalf(window.slice(1))).trimStart()}`;
}

/** Without half of a surrogate pair at either end. */
function withoutHalf(text: string): string {
  return text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "");
}
