import type { EmbeddingTable } from "../../embedding-tables.ts";
import { inWords } from "../embeddings/in-words.ts";
import { jsonObjectProblem } from "../embeddings/json-object.ts";
import { firstNotFinite, isList } from "../embeddings/number-list.ts";
import { unstorableCharacter } from "../embeddings/storable-json.ts";
import { isUuid } from "../embeddings/uuid.ts";

/** In place of a workspace: the rows of all of them. For measuring and tests, never for what a request asks. */
export const EVERY_WORKSPACE: unique symbol = Symbol("every workspace");

export interface VectorSearch {
  readonly table: EmbeddingTable;
  /** `table.dimensions` finite numbers, not all zero. */
  readonly vector: readonly number[];
  /** Most rows to return: a whole number from 1; more than 1000 count as 1000. */
  readonly limit: number;
  /** The workspace whose rows are searched. */
  readonly workspaceId: string | typeof EVERY_WORKSPACE;
  /** Cosine similarity, -1 to 1, below which nothing is returned. */
  readonly minSimilarity?: number | undefined;
  /** A row matches when its metadata contains this. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Only the rows that have this uuid in this column; all of them are compared, so they should be few. */
  readonly within?: { readonly column: "page_id" | "block_id"; readonly id: string } | undefined;
  /** Without the rows of these pages, blocks, database rows or documents. */
  readonly exceptSources?: readonly string[] | undefined;
  /** Size of the candidate list of the index scan: a whole number from 1; more than 1000 count as 1000. */
  readonly efSearch?: number | undefined;
}

/** A search that cannot be run; `field` names the part that is wrong. */
export class InvalidSearchError extends Error {
  override readonly name = "InvalidSearchError";
  readonly field: keyof VectorSearch | "query" | "types" | "page" | "depth";

  constructor(field: InvalidSearchError["field"], message: string) {
    super(message);
    this.field = field;
  }
}

/** Most rows of one statement: an index scan has no more candidates. */
export const MAX_ROWS = 1000;
const MAX_EF_SEARCH = 1000;

/**
 * Checks a search and brings its numbers into range.
 *
 * @throws InvalidSearchError for a vector of another length, with a value that is not finite or all zeros (it has
 * no direction), a limit or candidate list that is not a whole number from 1, a similarity outside -1 to 1, an id that
 * is no uuid, a metadata filter that is not a JSON object.
 */
export function checkSearch(search: VectorSearch): VectorSearch {
  checkVector(search.vector, search.table);
  if (search.workspaceId !== EVERY_WORKSPACE) checkWorkspaceId(search.workspaceId);
  const limit = checkFilters(search, MAX_ROWS);
  checkMetadata(search.metadata);
  if (search.within !== undefined && !isUuid(search.within.id)) {
    throw new InvalidSearchError("within", `The id is ${inWords(search.within.id)}; a uuid is needed.`);
  }
  const { efSearch } = search;
  if (efSearch === undefined) return { ...search, limit };
  return { ...search, limit, efSearch: wholeNumber("efSearch", efSearch, MAX_EF_SEARCH) };
}

/**
 * Checks how many hits a search asks for and how similar they are to be.
 *
 * @param most the largest limit. @returns the limit, brought into range. @throws InvalidSearchError
 */
export function checkFilters(
  { limit, minSimilarity }: Pick<VectorSearch, "limit" | "minSimilarity">,
  most: number,
): number {
  const isSimilarity = typeof minSimilarity === "number" && minSimilarity >= -1 && minSimilarity <= 1;
  if (minSimilarity !== undefined && !isSimilarity) {
    throw new InvalidSearchError(
      "minSimilarity",
      `The smallest similarity is ${inWords(minSimilarity)}; a number from -1 to 1 is needed.`,
    );
  }
  return wholeNumber("limit", limit, most);
}

/** @throws InvalidSearchError for what is no uuid. */
export function checkWorkspaceId(workspaceId: unknown): void {
  if (isUuid(workspaceId)) return;
  throw new InvalidSearchError(
    "workspaceId",
    `The workspace id is ${inWords(workspaceId)}; a uuid is needed.`,
  );
}

function checkVector(vector: readonly number[], table: EmbeddingTable): void {
  const needed = `${table.name} has ${table.dimensions}`;
  if (!isList(vector)) {
    throw new InvalidSearchError(
      "vector",
      `The vector is ${inWords(vector)}, not a list; ${needed} numbers.`,
    );
  }
  if (vector.length !== table.dimensions) {
    throw new InvalidSearchError("vector", `The vector has ${vector.length} dimensions, ${needed}.`);
  }
  const position = firstNotFinite(vector);
  if (position !== -1) {
    throw new InvalidSearchError(
      "vector",
      `Value ${position} of the vector is ${inWords(vector[position])}; a finite number is needed.`,
    );
  }
  if (vector.every((value) => value === 0)) {
    throw new InvalidSearchError("vector", "A vector of zeros has no direction to compare.");
  }
}

function checkMetadata(metadata: unknown): void {
  if (metadata === undefined) return;
  const problem = jsonObjectProblem(metadata);
  if (problem !== null) throw new InvalidSearchError("metadata", `The metadata filter: ${problem}.`);
  const wrong = unstorableCharacter(metadata);
  if (wrong !== undefined) {
    throw new InvalidSearchError(
      "metadata",
      `The metadata filter holds the character ${wrong}, which no text in the database has; leave it out.`,
    );
  }
}

/** @returns the value, or `most` where it is larger. @throws InvalidSearchError for what is no whole number from 1. */
export function wholeNumber(field: "limit" | "efSearch", value: unknown, most: number): number {
  const whole = Number.isInteger(value) || value === Number.POSITIVE_INFINITY;
  if (!whole || Number(value) < 1) {
    throw new InvalidSearchError(
      field,
      `${field} is ${inWords(value)}; a whole number from 1 to ${most} is needed.`,
    );
  }
  return Math.min(most, Number(value));
}
