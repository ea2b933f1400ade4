import { inWords } from "./in-words.ts";

/** Far more than metadata needs, and far less than makes a parser run out of stack. */
const MAX_DEPTH = 100;
const MAX_CHARACTERS = 1_000_000;

/**
 * Why a value is not an object that JSON can hold whole, in words; null where it is. What `JSON.stringify` leaves out
 * or changes without a word is refused (undefined, NaN, functions, dates, maps): a filter that loses a part finds more.
 */
export function jsonObjectProblem(value: unknown): string | null {
  if (!isPlainObject(value)) return `it is ${inWords(value)}; a plain object is needed`;
  const problem = problemOf(value, [], []);
  if (problem !== null) return problem;
  const { length } = JSON.stringify(value);
  return length > MAX_CHARACTERS
    ? `it has ${length} characters as JSON; at most ${MAX_CHARACTERS} are possible`
    : null;
}

function problemOf(value: unknown, path: readonly string[], around: readonly object[]): string | null {
  if (value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) {
    return null;
  }
  const place = path.length === 0 ? "it" : `"${path.slice(0, 4).join(".")}${path.length > 4 ? "…" : ""}"`;
  if (typeof value !== "object" || !(Array.isArray(value) || isPlainObject(value))) {
    return `${place} is ${inWords(value)}, which JSON does not have`;
  }
  if (around.includes(value)) return `${place} holds itself`;
  if (around.length >= MAX_DEPTH) return `it is nested deeper than ${MAX_DEPTH} levels`;
  const inside = [...around, value];
  const parts = Array.isArray(value) ? Array.from(value, (part, at) => [String(at), part]) : entriesOf(value);
  for (const [name, part] of parts) {
    const problem = problemOf(part, [...path, String(name)], inside);
    if (problem !== null) return problem;
  }
  return null;
}

/** With the properties that `JSON.stringify` does not see. */
function entriesOf(value: object): (readonly [string, unknown])[] {
  const symbols = Object.getOwnPropertySymbols(value).map((symbol) => [String(symbol), symbol] as const);
  return [...Object.entries(value), ...symbols];
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
