/**
 * The form of a word that goes with a count: `row` with 1, `rows` with any other.
 * @param many the other form, where it is not `one` with an `s`.
 */
export function plural(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? one : many;
}
