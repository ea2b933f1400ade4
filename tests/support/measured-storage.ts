import { EMBEDDING_TABLES } from "../../app/embedding-tables.ts";
import type { TestDatabase } from "./test.ts";

/** Bytes of a table as PostgreSQL's own functions sum them up. */
export interface MeasuredBytes {
  total: number;
  /** Heap and TOAST: `pg_table_size`. */
  table: number;
  heap: number;
  indexes: number;
  vectorIndexes: number;
  halfvecIndexes: number;
}

/** The bytes of every embedding table now, by its name, asked for in another way than the app does. */
export async function measuredStorage({
  query,
}: Pick<TestDatabase, "query">): Promise<Record<string, MeasuredBytes>> {
  const rows = await query<MeasuredBytes & { name: string }>(
    `SELECT name, pg_total_relation_size(name::regclass)::float8 AS total, pg_table_size(name::regclass)::float8 AS table,
            pg_relation_size(name::regclass, 'main')::float8 AS heap, pg_indexes_size(name::regclass)::float8 AS indexes,
            ${sumOfIndexes("vector_cosine_ops")} AS "vectorIndexes",
            ${sumOfIndexes("halfvec_cosine_ops")} AS "halfvecIndexes"
     FROM unnest($1::text[]) AS name`,
    [EMBEDDING_TABLES.map(({ name }) => name)],
  );
  return Object.fromEntries(rows.map(({ name, ...bytes }) => [name, bytes]));
}

function sumOfIndexes(operatorClass: string): string {
  return `(SELECT coalesce(sum(pg_total_relation_size(indexname::regclass)), 0)::float8 FROM pg_indexes
           WHERE tablename = name AND indexdef LIKE '% ${operatorClass})%')`;
}
