import { EMBEDDING_TABLES } from "../../embedding-tables.ts";
import { checkEmbedding, type EmbeddingEntity, EmbeddingValueError } from "./embedding-value.ts";
import { inWords } from "./in-words.ts";
import { jsonObjectProblem } from "./json-object.ts";
import { isUuid } from "./uuid.ts";

/** Characters. A hundred such texts, which is what one statement writes, are still one parameter that fits. */
const LONGEST_TEXT = 2_000_000;

/**
 * Checks the ids of a row to be written.
 * @param ids by the names of their columns
 * @throws {EmbeddingValueError}
 */
export function checkIds(entity: EmbeddingEntity, ids: Readonly<Record<string, unknown>>): void {
  for (const [name, id] of Object.entries(ids)) {
    if (isUuid(id)) continue;
    throw new EmbeddingValueError(entity, "invalid_id", `${name} is ${inWords(id)}; a uuid is needed`);
  }
}

/**
 * Checks what is to be written beside the ids.
 * @param texts by the names of their columns
 * @param metadata may be undefined
 * @param embedding null or undefined where it is not known yet; a vector that `vector` can hold otherwise
 * @throws {EmbeddingValueError}
 */
export function checkContent(
  entity: EmbeddingEntity,
  texts: Readonly<Record<string, unknown>>,
  { metadata, embedding }: { readonly metadata?: unknown; readonly embedding?: unknown },
): void {
  for (const [name, text] of Object.entries(texts)) {
    if (typeof text !== "string") {
      throw new EmbeddingValueError(entity, "invalid_text", `${name} is ${inWords(text)}; a text is needed`);
    }
    if (text.length > LONGEST_TEXT) {
      const detail = `${name} has ${text.length} characters; at most ${LONGEST_TEXT} are possible`;
      throw new EmbeddingValueError(entity, "too_long", detail);
    }
  }
  const problem = metadata === undefined ? null : jsonObjectProblem(metadata);
  if (problem !== null) throw new EmbeddingValueError(entity, "invalid_metadata", `metadata: ${problem}`);
  const table = EMBEDDING_TABLES.find(({ name }) => name === entity.table);
  if (embedding !== undefined && embedding !== null && table !== undefined) {
    // What halfvec cannot hold is found out later: the type of the column is known when it is written.
    checkEmbedding(embedding, { type: "vector", dimensions: table.dimensions }, entity);
  }
}

/**
 * Checks that every entity is there once: two texts of one entity in a batch would overwrite each other.
 * @throws {EmbeddingValueError}
 */
export function checkDistinct(table: string, entityIds: readonly string[]): void {
  const seen = new Set<string>();
  for (const id of entityIds) {
    const same = id.toLowerCase();
    if (seen.has(same)) {
      const entity = { table, id, chunkIndex: null };
      throw new EmbeddingValueError(entity, "duplicate", "it is given twice; give all of it once");
    }
    seen.add(same);
  }
}
