import type { EmbeddingTable } from "../../../embedding-tables.ts";

/**
 * A vector as one bit for each dimension, the sign of it: what a compact index holds. Two expressions that are written alike
 * are the same to the planner, so the index and the searches of it get theirs here.
 *
 * @param value an SQL expression of type `vector` or `halfvec`
 */
export function quantized(
  value: string,
  { name, dimensions }: Pick<EmbeddingTable, "name" | "dimensions">,
): string {
  if (!Number.isInteger(dimensions))
    throw new TypeError(`${name} is described with ${dimensions} dimensions`);
  return `binary_quantize(${value})::bit(${dimensions})`;
}

/** In how many signs two vectors differ, as an ordering that a compact index serves. */
export function bitDistance(value: string, other: string, table: EmbeddingTable): string {
  return `${quantized(value, table)} <~> ${quantized(other, table)}`;
}

/**
 * Whether an index of one expression holds the signs of a column and of nothing else, as an SQL condition.
 *
 * @param index name of its row of `pg_index` in the statement. @param attribute the column's number
 */
export function quantizes(index: string, attribute: string): string {
  return `pg_catalog.pg_get_indexdef(${index}.indexrelid, 1, false) LIKE '%binary\\_quantize(%'
      AND ARRAY[${attribute}] = ARRAY(
        SELECT DISTINCT d.refobjsubid::int2 FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = ${index}.indexrelid
          AND d.refobjid = ${index}.indrelid AND d.refobjsubid > 0)`;
}
