import { inWords, quotedText } from "../embeddings/in-words.ts";
import { unstorableCharacter } from "../embeddings/storable-json.ts";
import { checkFilters, checkWorkspaceId, InvalidSearchError } from "./search-request.ts";
import { SEARCH_TYPES, type SearchType } from "./search-types.ts";

export interface SearchParameters {
  /** Trimmed; may be empty. */
  readonly query: string;
  readonly types: readonly SearchType[];
  /** Most pages, blocks, rows and documents together: a whole number from 1; more than 200 count as 200. */
  readonly limit: number;
  /** The workspace that is searched, no other. */
  readonly workspaceId: string;
  /** Cosine similarity, -1 to 1, below which nothing is returned. */
  readonly minSimilarity?: number | undefined;
}

/** What an address asks for; its workspace is only a wish, and most name none. */
export interface AskedSearch extends Omit<SearchParameters, "workspaceId"> {
  readonly workspaceId: string | undefined;
}

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 200;
const LONGEST_QUERY = 2_000;

/** The parameters of an address and the field each one is; a repeated one would leave open which one counts. */
const ONCE = { q: "query", limit: "limit", workspace: "workspaceId", min: "minSimilarity" } as const;

/** The name in an address of a part of a search. */
export function parameterOf(field: InvalidSearchError["field"]): string {
  return Object.entries(ONCE).find(([, known]) => known === field)?.[0] ?? field;
}

/**
 * Reads `q`, `types` (repeated or separated by commas; none means all), `limit`, `workspace` and `min`. Other
 * parameters are not looked at.
 *
 * @throws InvalidSearchError for an unknown type, a limit, similarity or workspace that is none, a query that is too
 * long, a parameter that is repeated or written as an array.
 */
export function parseSearchParameters(parameters: URLSearchParams): AskedSearch {
  for (const name of parameters.keys()) {
    const known = /^(q|types|limit|workspace|min)\[/.exec(name)?.[1];
    if (known === undefined) continue;
    const field = known === "types" ? "types" : ONCE[known as keyof typeof ONCE];
    throw new InvalidSearchError(field, `There is no parameter ${quotedText(name)}: write ${known}=….`);
  }
  for (const [name, field] of Object.entries(ONCE)) {
    if (parameters.getAll(name).length > 1) {
      throw new InvalidSearchError(field, `${name} is given more than once: give it once.`);
    }
  }
  const query = (parameters.get("q") ?? "").trim();
  checkQuery(query);
  const read = {
    query,
    types: typesOf(parameters.getAll("types")),
    limit: limitOf(parameters.get("limit")) ?? DEFAULT_LIMIT,
    workspaceId: parameters.get("workspace") || undefined,
    minSimilarity: similarityOf(parameters.get("min")),
  };
  if (read.workspaceId !== undefined) checkWorkspaceId(read.workspaceId);
  return { ...read, limit: checkFilters(read, MAX_LIMIT) };
}

/**
 * The parameters after the `?` of an address.
 *
 * @throws InvalidSearchError where percent signs do not stand for UTF-8: as it is, such text would be read as another.
 */
export function decodedParameters(search: string): URLSearchParams {
  try {
    decodeURIComponent(search);
  } catch {
    throw new InvalidSearchError(
      "query",
      "The address is not percent-encoded UTF-8: write a percent sign as %25.",
    );
  }
  return new URLSearchParams(search);
}

/**
 * Checks parameters, wherever they come from, before the query is embedded, which may cost money.
 *
 * @returns them with the limit in range. @throws InvalidSearchError
 */
export function checkSearchParameters(parameters: SearchParameters): SearchParameters {
  checkQuery(parameters.query);
  if (parameters.query.trim() === "") throw new InvalidSearchError("query", "The query is empty.");
  if (!Array.isArray(parameters.types) || parameters.types.length === 0) {
    throw new InvalidSearchError("types", `Nothing to search: give one of ${SEARCH_TYPES.join(", ")}.`);
  }
  parameters.types.forEach(checkType);
  checkWorkspaceId(parameters.workspaceId);
  return { ...parameters, limit: checkFilters(parameters, MAX_LIMIT) };
}

function checkQuery(query: unknown): void {
  if (typeof query !== "string") {
    throw new InvalidSearchError("query", `The query is ${inWords(query)}; a text is needed.`);
  }
  if (query.length > LONGEST_QUERY) {
    throw new InvalidSearchError("query", `The query is longer than ${LONGEST_QUERY} characters.`);
  }
  const wrong = unstorableCharacter(query);
  if (wrong !== undefined) {
    throw new InvalidSearchError("query", `The query holds the character ${wrong}, which no text has.`);
  }
}

function typesOf(given: readonly string[]): readonly SearchType[] {
  const names = new Set(given.flatMap((value) => value.split(",")).filter((name) => name !== ""));
  names.forEach(checkType);
  return names.size === 0 ? SEARCH_TYPES : SEARCH_TYPES.filter((type) => names.has(type));
}

function checkType(name: unknown): void {
  if (SEARCH_TYPES.some((type) => type === name)) return;
  const given = typeof name === "string" ? quotedText(name) : inWords(name);
  throw new InvalidSearchError("types", `${given} is not one of ${SEARCH_TYPES.join(", ")}.`);
}

function limitOf(given: string | null): number | undefined {
  const text = given?.trim() ?? "";
  if (text === "") return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidSearchError("limit", `limit is ${quotedText(text)}; a whole number from 1 is needed.`);
}

function similarityOf(given: string | null): number | undefined {
  const text = given?.trim() ?? "";
  if (text === "") return undefined;
  if (/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text)) return Number(text);
  throw new InvalidSearchError(
    "minSimilarity",
    `min is ${quotedText(text)}; a number from -1 to 1 is needed.`,
  );
}
