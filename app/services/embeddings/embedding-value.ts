import { inWords } from "./in-words.ts";
import { isList } from "./number-list.ts";

/**
 * Where an embedding belongs: the table, the id of the page, block, database row or document, and the chunk of it
 * (null where the entity has one embedding).
 */
export interface EmbeddingEntity {
  readonly table: string;
  readonly id: string;
  readonly chunkIndex: number | null;
}

export type EmbeddingValueProblem =
  | "empty_text"
  | "too_long"
  | "invalid_text"
  | "invalid_id"
  | "invalid_metadata"
  | "duplicate"
  | "wrong_dimension"
  | "not_a_number"
  | "infinite"
  | "out_of_range";

/** An embedding or a row that its table cannot hold, or a text that has none. Nothing of its batch was written. */
export class EmbeddingValueError extends Error {
  override readonly name = "EmbeddingValueError";
  readonly entity: EmbeddingEntity;
  readonly problem: EmbeddingValueProblem;

  constructor(entity: EmbeddingEntity, problem: EmbeddingValueProblem, detail: string) {
    const chunk = entity.chunkIndex === null ? "" : `, chunk ${entity.chunkIndex}`;
    super(`Embedding of ${entity.table} ${String(entity.id).slice(0, 80)}${chunk}: ${detail}`);
    this.entity = entity;
    this.problem = problem;
  }
}

/** The first magnitude that rounds up beyond the largest half-precision number, 65,504. */
const HALF_OVERFLOW = 65_520;

/** The largest single-precision number, and half the step above it: what is not below does not fit a float4. */
const FLOAT_OVERFLOW = (2 - 2 ** -24) * 2 ** 127;

/** What a column of embeddings takes. */
export interface EmbeddingColumnLimits {
  readonly type: "vector" | "halfvec";
  readonly dimensions: number;
}

/**
 * The text form of an embedding for a column of the given type and dimensions.
 * @throws {EmbeddingValueError} if the column cannot hold it
 */
export function embeddingLiteral(
  embedding: ArrayLike<number>,
  column: EmbeddingColumnLimits,
  entity: EmbeddingEntity,
): string {
  checkEmbedding(embedding, column, entity);
  return `[${Array.prototype.join.call(embedding, ",")}]`;
}

/**
 * Checks that a column can hold an embedding: a list of as many numbers as it has dimensions, each in its range.
 * @throws {EmbeddingValueError} if not
 */
export function checkEmbedding(
  embedding: unknown,
  column: EmbeddingColumnLimits,
  entity: EmbeddingEntity,
): void {
  if (!isList(embedding)) {
    const detail = `the vector is ${inWords(embedding)}, the column takes ${column.dimensions} numbers`;
    throw new EmbeddingValueError(entity, "not_a_number", detail);
  }
  if (embedding.length !== column.dimensions) {
    const detail = `${embedding.length} dimensions, the column takes ${column.dimensions}`;
    throw new EmbeddingValueError(entity, "wrong_dimension", detail);
  }
  const limit = column.type === "halfvec" ? HALF_OVERFLOW : FLOAT_OVERFLOW;
  for (let index = 0; index < embedding.length; index++) {
    const value = embedding[index];
    if (typeof value === "number" && Math.abs(value) < limit) continue;
    const at = `at position ${index + 1}`;
    if (typeof value !== "number" || Number.isNaN(value)) {
      throw new EmbeddingValueError(entity, "not_a_number", `not a number ${at}: ${inWords(value)}`);
    }
    if (!Number.isFinite(value)) throw new EmbeddingValueError(entity, "infinite", `infinite ${at}`);
    throw new EmbeddingValueError(
      entity,
      "out_of_range",
      `${value} ${at} is out of range for ${column.type}`,
    );
  }
}
