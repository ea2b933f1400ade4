import type pg from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import { env } from "../../env.server.ts";
import {
  forgetEmbeddingColumns,
  readEmbeddingColumns,
  type VectorType,
} from "../embedding-columns.server.ts";
import { onOwnConnection } from "../own-connection.server.ts";
import { sentType } from "../sent-type.ts";
import { EmbeddingValueError } from "./embedding-value.ts";

/**
 * What a write meets when its column was swapped since the catalog was read: undefined column, datatype mismatch,
 * undefined function, and a value that `vector` took and `halfvec` cannot hold.
 */
const CHANGED_COLUMN = new Set(["42703", "42804", "42883", "22003"]);

/** The type as which a vector is sent to the embedding column of a table. */
export type ColumnTypes = (table: EmbeddingTable) => VectorType;

/**
 * Runs `write` in one transaction with the types that suit the embedding columns now. If a column turns out to
 * have changed in between, all is rolled back and done once more with what the catalog says then; so `write` may
 * be called twice, and must not do more than write through its client.
 */
export async function embeddingTransaction<Result>(
  database: pg.Pool,
  tables: readonly EmbeddingTable[],
  write: (client: pg.PoolClient, typeOf: ColumnTypes) => Promise<Result>,
): Promise<Result> {
  try {
    return await transactionOnce(database, tables, write);
  } catch (error) {
    const changed = error instanceof Error && "code" in error && CHANGED_COLUMN.has(String(error.code));
    const outOfRange = error instanceof EmbeddingValueError && error.problem === "out_of_range";
    if (!changed && !outOfRange) throw error;
    for (const table of tables) forgetEmbeddingColumns(table, database);
    return await transactionOnce(database, tables, write);
  }
}

async function transactionOnce<Result>(
  database: pg.Pool,
  tables: readonly EmbeddingTable[],
  write: (client: pg.PoolClient, typeOf: ColumnTypes) => Promise<Result>,
): Promise<Result> {
  // Before a connection is taken: the embedded database has only one.
  const types = new Map<EmbeddingTable, VectorType>();
  for (const table of tables) {
    const { live, flag } = await readEmbeddingColumns(table, database);
    types.set(table, sentType(live.type, flag ?? env.VECTOR_COLUMN));
  }
  const typeOf: ColumnTypes = (table) => {
    const type = types.get(table);
    if (type === undefined) throw new TypeError(`${table.name} is not among the tables of this transaction`);
    return type;
  };
  return await onOwnConnection(database, async (client) => {
    await client.query("BEGIN");
    const result = await write(client, typeOf);
    await client.query("COMMIT");
    return result;
  });
}

/** First key of the advisory locks on entities ("embd" in ASCII), and how many there are: a power of two. */
const ENTITY_LOCK = 1_701_667_428;
const ENTITY_LOCKS = 1024;

/**
 * Makes writers of the same entities wait for each other until the end of the transaction, so that the chunks of
 * one entity always come from one text. Entities share a fixed number of locks, because the server has room for some
 * thousands in all; they are taken in one order, so that two batches cannot block each other for good.
 */
export async function lockEntities(client: pg.ClientBase, entityIds: readonly string[]): Promise<void> {
  await client.query(
    `SELECT pg_advisory_xact_lock($2, slot)
     FROM (SELECT DISTINCT (hashtextextended(id, 0) & $3)::int AS slot FROM unnest($1::text[]) AS id ORDER BY slot) AS slots`,
    [entityIds, ENTITY_LOCK, ENTITY_LOCKS - 1],
  );
}
