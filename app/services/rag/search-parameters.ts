import { InvalidSearchError } from "./search-request.ts";
import { SEARCH_TYPES, type SearchType } from "./search-types.ts";

export interface SearchParameters {
  /** Trimmed; may be empty. */
  readonly query: string;
  readonly types: readonly SearchType[];
  readonly limit: number;
  readonly workspaceId?: string | undefined;
  readonly minSimilarity?: number | undefined;
}

const DEFAULT_LIMIT = 10;
const LONGEST_QUERY = 2_000;

/**
 * Reads `q`, `types` (repeated or separated by commas; none means all), `limit`, `workspace` and `min`.
 *
 * @throws InvalidSearchError for an unknown type, a limit or similarity that is no number, a query that is too long.
 */
export function parseSearchParameters(parameters: URLSearchParams): SearchParameters {
  const query = (parameters.get("q") ?? "").trim();
  if (query.length > LONGEST_QUERY) {
    throw new InvalidSearchError("query", `The query is longer than ${LONGEST_QUERY} characters.`);
  }
  return {
    query,
    types: typesOf(parameters.getAll("types")),
    limit: numberOf("limit", parameters.get("limit")) ?? DEFAULT_LIMIT,
    workspaceId: parameters.get("workspace") || undefined,
    minSimilarity: numberOf("minSimilarity", parameters.get("min")),
  };
}

function typesOf(given: readonly string[]): readonly SearchType[] {
  const names = new Set(given.flatMap((value) => value.split(",")).filter((name) => name !== ""));
  for (const name of names) {
    if (!SEARCH_TYPES.some((type) => type === name)) {
      throw new InvalidSearchError("types", `"${name}" is not one of ${SEARCH_TYPES.join(", ")}.`);
    }
  }
  return names.size === 0 ? SEARCH_TYPES : SEARCH_TYPES.filter((type) => names.has(type));
}

function numberOf(field: "limit" | "minSimilarity", given: string | null): number | undefined {
  if (given === null || given.trim() === "") return undefined;
  const value = Number(given);
  if (!Number.isFinite(value)) throw new InvalidSearchError(field, `"${given}" is not a number.`);
  return value;
}
