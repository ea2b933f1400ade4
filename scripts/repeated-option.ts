/** The first option that stands twice among the tokens of `parseArgs`: which of the two counts is anybody's guess. */
export function repeatedOption(
  tokens: readonly { readonly kind: string; readonly name?: string }[],
): string | undefined {
  const names = tokens.flatMap(({ kind, name }) => (kind === "option" && name !== undefined ? name : []));
  return names.find((name, index) => names.indexOf(name) !== index);
}
