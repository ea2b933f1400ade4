import type pg from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";

/** An index that was taken down, and the statement that makes it again. */
export interface DroppedIndex {
  readonly name: string;
  readonly definition: string;
}

/**
 * Loads a table without its HNSW indexes: takes them down, runs `load`, and makes them again from their own
 * definitions, in one transaction. So an interruption leaves table and indexes as they were, and readers of the table
 * wait until the end: for a table that nobody searches yet.
 * @param load must write through `client` and leave its transaction alone
 * @returns what `load` returned, the indexes, and the milliseconds it took to build them
 */
export async function withoutHnswIndexes<Result>(
  client: pg.ClientBase,
  table: EmbeddingTable,
  load: () => Promise<Result>,
): Promise<{ result: Result; indexes: readonly DroppedIndex[]; buildMilliseconds: number }> {
  await client.query("BEGIN");
  try {
    const indexes = await hnswIndexes(client, table);
    for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
    const result = await load();
    const started = performance.now();
    for (const { definition } of indexes) await client.query(definition);
    await client.query("COMMIT");
    return { result, indexes, buildMilliseconds: performance.now() - started };
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

/** The HNSW indexes of a table, by qualified and quoted name, with their definitions. */
export async function hnswIndexes(client: pg.ClientBase, table: EmbeddingTable): Promise<DroppedIndex[]> {
  const { rows } = await client.query<DroppedIndex>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name, pg_get_indexdef(i.indexrelid) AS definition
     FROM pg_catalog.pg_index i
     JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
     JOIN pg_catalog.pg_am am ON am.oid = c.relam AND am.amname = 'hnsw'
     JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
     WHERE n.nspname = $1 AND t.relname = $2
     ORDER BY c.relname`,
    [table.schema, table.name],
  );
  return rows;
}
