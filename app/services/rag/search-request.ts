import type { EmbeddingTable } from "../../embedding-tables.ts";

export interface VectorSearch {
  readonly table: EmbeddingTable;
  /** `table.dimensions` finite numbers, not all zero. */
  readonly vector: readonly number[];
  /** Most hits to return; brought into 1 to 200. */
  readonly limit: number;
  readonly workspaceId?: string | undefined;
  /** Cosine similarity, -1 to 1, below which nothing is returned. */
  readonly minSimilarity?: number | undefined;
  /** A row matches when its metadata contains this. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Size of the candidate list of the index scan; brought into 1 to 1000. */
  readonly efSearch?: number | undefined;
}

/** A search that cannot be run; `field` names the part that is wrong. */
export class InvalidSearchError extends Error {
  override readonly name = "InvalidSearchError";
  readonly field: keyof VectorSearch | "query" | "types";

  constructor(field: InvalidSearchError["field"], message: string) {
    super(message);
    this.field = field;
  }
}

export const MAX_LIMIT = 200;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(value: string | undefined): value is string {
  return value !== undefined && UUID.test(value);
}

/**
 * Checks a search and brings its numbers into range.
 *
 * @throws InvalidSearchError for a vector of another length, with a value that is not finite or all zeros (it has
 * no direction), a limit or candidate list that is not a number, a similarity outside -1 to 1, an id that is no uuid.
 */
export function checkSearch(search: VectorSearch): VectorSearch {
  checkVector(search.vector, search.table);
  if (search.workspaceId !== undefined && !isUuid(search.workspaceId)) {
    throw new InvalidSearchError("workspaceId", "The workspace id is not a uuid.");
  }
  const { minSimilarity } = search;
  if (minSimilarity !== undefined && !(minSimilarity >= -1 && minSimilarity <= 1)) {
    throw new InvalidSearchError("minSimilarity", "The smallest similarity must lie between -1 and 1.");
  }
  return {
    ...search,
    limit: intoRange("limit", search.limit, MAX_LIMIT),
    ...(search.efSearch === undefined ? {} : { efSearch: intoRange("efSearch", search.efSearch, 1000) }),
  };
}

function checkVector(vector: readonly number[], table: EmbeddingTable): void {
  if (vector.length !== table.dimensions) {
    throw new InvalidSearchError(
      "vector",
      `The vector has ${vector.length} dimensions, ${table.name} has ${table.dimensions}.`,
    );
  }
  const position = vector.findIndex((value) => !Number.isFinite(value));
  if (position !== -1) {
    throw new InvalidSearchError("vector", `Value ${position} of the vector is ${vector[position]}.`);
  }
  if (vector.every((value) => value === 0)) {
    throw new InvalidSearchError("vector", "A vector of zeros has no direction to compare.");
  }
}

function intoRange(field: "limit" | "efSearch", value: number, most: number): number {
  if (Number.isNaN(value)) throw new InvalidSearchError(field, `${field} is not a number.`);
  return Math.max(1, Math.min(most, Math.floor(value)));
}
