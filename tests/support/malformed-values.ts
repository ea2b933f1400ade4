/** What a malformed value is, the value, and what the error must say about it. */
export type Malformed<Value = unknown> = readonly [name: string, value: Value, message: RegExp];

/** SQL that must never be one. The word in it that nothing else has is what tests look for. */
export const SQL = "x'; DROP TABLE pages; SELECT 'pwned'; --";

/** The same where a name goes: it would end a quoted identifier. */
export const SQL_NAME = "page_embeddings\"; DROP TABLE pages; SELECT 'pwned'; --";

const DIMENSIONS = 1536;

/** A vector as it should be, but for the element at 700. */
export function vectorWith(value: unknown): unknown[] {
  return new Array<unknown>(DIMENSIONS).fill(0.5).with(700, value);
}

/** Vectors for a column of 1,536 dimensions that no column can hold. */
export const MALFORMED_VECTORS: readonly Malformed[] = [
  ["no numbers", [], /\b0 dimensions/],
  ["three numbers", [1, 2, 3], /\b3 dimensions/],
  ["a number too few", new Array(DIMENSIONS - 1).fill(0.5), /1535 dimensions/],
  ["a number too many", new Array(DIMENSIONS + 1).fill(0.5), /1537 dimensions/],
  ["an array in an array", [new Array(DIMENSIONS).fill(0.5)], /\b1 dimensions/],
  ["100,000 numbers", new Array(100_000).fill(0.5), /100000 dimensions/],
  ["a typed array that is too short", new Float32Array(512), /512 dimensions/],
  ["nothing but gaps", new Array(DIMENSIONS), /undefined/],
  ["NaN", vectorWith(Number.NaN), /NaN/],
  ["infinity", vectorWith(Number.POSITIVE_INFINITY), /infinit/i],
  ["minus infinity", vectorWith(Number.NEGATIVE_INFINITY), /infinit/i],
  ["null in it", vectorWith(null), /null/],
  ["undefined in it", vectorWith(undefined), /undefined/],
  ["a number as text", vectorWith("0.5"), /the text "0\.5"/],
  ["a hexadecimal text", vectorWith("0x10"), /the text "0x10"/],
  ["an empty text in it", vectorWith(""), /the text ""/],
  ["SQL in it", vectorWith(SQL), /the text "x'; DROP TABLE/],
  ["true in it", vectorWith(true), /true/],
  ["a bigint in it", vectorWith(1n), /the bigint 1/],
  ["an array for a number", vectorWith([0.5]), /an array of 1/],
  ["an object for a number", vectorWith({ valueOf: () => 0.5 }), /an object/],
  ["a function for a number", vectorWith(() => 0.5), /a function/],
  ["the text of a vector", `[${new Array(DIMENSIONS).fill(0.5).join(",")}]`, /the text "\[0\.5/],
  ["a text of 1,536 characters", "5".repeat(DIMENSIONS), /the text "5555/],
  ["SQL instead of a list", SQL, /the text "x'; DROP TABLE/],
  ["a number instead of a list", DIMENSIONS, /is 1536/],
  ["what only looks like a list", { length: DIMENSIONS, 0: 0.5 }, /an object/],
  ["a view of bytes", new DataView(new ArrayBuffer(DIMENSIONS)), /an object/],
];

const circular: Record<string, unknown> = { name: "loop" };
circular.self = circular;

/** `levels` objects in one another. */
function nested(levels: number): Record<string, unknown> {
  let value: Record<string, unknown> = {};
  for (let level = 1; level < levels; level++) value = { in: value };
  return value;
}

/** Metadata that is not an object which JSON can hold whole. */
export const MALFORMED_METADATA: readonly Malformed[] = [
  ["a text", SQL, /the text "x'; DROP TABLE/],
  ["JSON as text", '{"lang":"en"}', /a plain object is needed/],
  ["an array", [{ lang: "en" }], /an array of 1/],
  ["null", null, /null/],
  ["a number", 5, /is 5/],
  ["a function", () => ({}), /a function/],
  ["a date", new Date(0), /an object; a plain object/],
  ["a map", new Map([["lang", "en"]]), /an object; a plain object/],
  ["an object that inherits its properties", Object.create({ lang: "en" }), /a plain object/],
  ["an undefined value", { tenant: undefined }, /"tenant" is undefined/],
  ["a function in it", { tenant: () => 1 }, /"tenant" is a function/],
  ["a symbol as a key", { [Symbol("tenant")]: 1 }, /a symbol/],
  ["NaN in it", { size: Number.NaN }, /"size" is NaN/],
  ["infinity in a list in it", { sizes: [1, Number.POSITIVE_INFINITY] }, /"sizes\.1" is Infinity/],
  ["a bigint in it", { size: 1n }, /"size" is the bigint 1/],
  ["a gap in a list in it", { sizes: new Array(1) }, /"sizes\.0" is undefined/],
  ["a date in it", { since: new Date(0) }, /"since" is an object, which JSON does not have/],
  ["itself in it", circular, /"self" holds itself/],
  ["101 levels", nested(101), /deeper than 100 levels/],
  ["10,000 levels", nested(10_000), /deeper than 100 levels/],
  ["a million characters", { text: "x".repeat(1_000_000) }, /at most 1000000/],
];

/** What is no uuid. */
export const MALFORMED_IDS: readonly Malformed[] = [
  ["nothing", "", /the text ""; a uuid is needed/],
  ["a number", 42, /is 42; a uuid/],
  ["null", null, /is null; a uuid/],
  ["SQL", SQL, /the text "x'; DROP TABLE/],
  ["a condition", "1 OR true", /the text "1 OR true"/],
  ["a uuid and more", "00000000-0000-4000-8000-000000000001'--", /00000001'--/],
  ["a uuid and a line end", "00000000-0000-4000-8000-000000000001\n", /\\n/],
  ["a uuid without hyphens", "00000000000040008000000000000001", /the text "0000/],
  ["letters beyond f", "g0000000-0000-4000-8000-000000000001", /the text "g000/],
  ["fullwidth digits", "０0000000-0000-4000-8000-000000000001", /the text "０/],
  ["a NUL character", "00000000-0000-4000-8000-00000000000\u0000", /\\u0000/],
  ["an array of one uuid", ["00000000-0000-4000-8000-000000000001"], /an array of 1/],
  ["an object", { toString: () => "00000000-0000-4000-8000-000000000001" }, /an object/],
  ["a million characters", "0".repeat(1_000_000), /the text "0{40}…"/],
];

/** What is no whole number from 1. */
export const MALFORMED_COUNTS: readonly Malformed[] = [
  ["0", 0, /is 0; a whole number from 1/],
  ["minus 1", -1, /is -1; a whole number from 1/],
  ["1.5", 1.5, /is 1\.5; a whole number from 1/],
  ["NaN", Number.NaN, /is NaN; a whole number from 1/],
  ["minus infinity", Number.NEGATIVE_INFINITY, /is -Infinity; a whole number from 1/],
  ["null", null, /is null; a whole number from 1/],
  ["a number as text", "10", /is the text "10"; a whole number from 1/],
  ["SQL", "10; DROP TABLE pages; SELECT 'pwned'", /is the text "10; DROP TABLE/],
  ["a bigint", 10n, /is the bigint 10; a whole number from 1/],
  ["an array", [10], /is an array of 1; a whole number from 1/],
];
