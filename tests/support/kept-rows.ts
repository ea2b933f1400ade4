import type { EmbeddingTable } from "../../app/embedding-tables.ts";
import type { Journal, WrittenTable } from "./journal-writer.ts";
import type { TestDatabase } from "./test.ts";

/** Rows that one side has and the other has not. */
export interface Difference {
  /** In the table, but not so in the copy. */
  unexpected: number;
  /** In the copy, but not so in the table. */
  missing: number;
}

export const NO_DIFFERENCE: Difference = { unexpected: 0, missing: 0 };

/** Rows of a journal in one statement: an embedding is 15 KB of text. */
const ROWS_AT_ONCE = 500;

/** Copies id, text and embedding of every row, as they are now, into ordinary tables: they outlive a crash. */
export async function keepRows(database: TestDatabase, tables: readonly WrittenTable[]): Promise<void> {
  await database.query("CREATE SCHEMA kept");
  for (const { name, text } of tables) {
    await database.query(`CREATE TABLE kept.${name} AS SELECT id, ${text} AS text, embedding FROM ${name}`);
    await database.query(`ALTER TABLE kept.${name} ADD PRIMARY KEY (id)`);
  }
}

/** Lets the copy say what a writer's journal says of its rows. */
export async function keepJournal(
  database: TestDatabase,
  { name }: WrittenTable,
  journal: Journal,
): Promise<void> {
  const rows = [...journal];
  await database.query(`DELETE FROM kept.${name} WHERE id = ANY ($1)`, [rows.map(([id]) => id)]);
  const living = rows.flatMap(([id, row]) => (row ? [{ id, ...row }] : []));
  for (let first = 0; first < living.length; first += ROWS_AT_ONCE) {
    const some = living.slice(first, first + ROWS_AT_ONCE);
    await database.query(
      `INSERT INTO kept.${name} (id, text, embedding)
       SELECT id, text, embedding::vector(1536) FROM unnest($1::uuid[], $2::text[], $3::text[]) AS j(id, text, embedding)`,
      [some.map(({ id }) => id), some.map(({ text }) => text), some.map(({ embedding }) => embedding)],
    );
  }
}

/**
 * Compares every row of a table with the copy, both ways: id, text, and the embedding in `column`, a `vector`, bit for
 * bit.
 * @param ids only these rows.
 */
export function differenceOfBits(
  database: TestDatabase,
  written: WrittenTable,
  column: string,
  ids?: readonly string[],
): Promise<Difference> {
  return difference(database, written, (value) => `vector_send(${value})`, column, ids);
}

/** The same with the embedding the app reads, of either type, and both sides as halfvec rounds them. */
export function differenceAsHalfvec(database: TestDatabase, written: WrittenTable): Promise<Difference> {
  return difference(database, written, (value) => `halfvec_send(${value}::halfvec(1536))`, "embedding");
}

async function difference(
  database: TestDatabase,
  { name, text }: WrittenTable,
  bits: (value: string) => string,
  column: string,
  ids?: readonly string[],
): Promise<Difference> {
  const [found] = await database.query<Difference & Record<string, unknown>>(
    `WITH there AS (SELECT id, ${text} AS text, ${bits(column)} AS bits FROM ${name} WHERE $1::uuid[] IS NULL OR id = ANY ($1)),
          kept AS (SELECT id, text, ${bits("embedding")} AS bits FROM kept.${name} WHERE $1::uuid[] IS NULL OR id = ANY ($1))
     SELECT (SELECT count(*) FROM (TABLE there EXCEPT TABLE kept) d)::int AS unexpected,
            (SELECT count(*) FROM (TABLE kept EXCEPT TABLE there) d)::int AS missing`,
    [ids ?? null],
  );
  if (!found) throw new Error("a SELECT without FROM returned no row");
  return found;
}

/** The embedding tables as their writers know them. */
export const PAGES: WrittenTable = { name: "page_embeddings", text: "chunk_text", owners: ["page_id"] };
export const BLOCKS: WrittenTable = {
  name: "block_embeddings",
  text: "chunk_text",
  owners: ["block_id", "page_id"],
};
export const PAPERS: WrittenTable = { name: "documents", text: "content", owners: [] };

/** The ids of a table's rows, in order. */
export async function idsOf(database: TestDatabase, table: Pick<EmbeddingTable, "name">): Promise<string[]> {
  const rows = await database.query<{ id: string }>(`SELECT id FROM ${table.name} ORDER BY id`);
  return rows.map(({ id }) => id);
}
