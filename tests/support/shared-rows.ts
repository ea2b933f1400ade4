import type { JournalWriter, WrittenTable } from "./journal-writer.ts";
import { idsOf } from "./kept-rows.ts";
import type { Question } from "./search-reader.ts";
import type { TestDatabase } from "./test.ts";

/** Of the rows that are there, the writers get every third. */
const OWNED = 3;
const QUESTIONS = 50;

/** Shares rows of the tables out among the writers. Resolves to the ids of those that nobody writes to. */
export async function shareRows(
  database: TestDatabase,
  writers: readonly JournalWriter[],
  tables: readonly WrittenTable[],
): Promise<Map<WrittenTable, string[]>> {
  const untouched = new Map<WrittenTable, string[]>();
  for (const table of tables) {
    const ids = await idsOf(database, table);
    const owned = ids.filter((_, index) => index % OWNED === 0);
    untouched.set(
      table,
      ids.filter((_, index) => index % OWNED !== 0),
    );
    for (const [number, writer] of writers.entries()) {
      await writer.own(
        table,
        owned.filter((_, index) => index % writers.length === number),
      );
    }
  }
  return untouched;
}

/**
 * Rows of page_embeddings as questions for a `SearchReader`.
 * @param ids only of these: rows that nobody writes to.
 */
export function pageQuestions(database: TestDatabase, ids?: readonly string[]): Promise<Question[]> {
  return database.query<Question & Record<string, unknown>>(
    `SELECT id, embedding::real[] AS vector FROM page_embeddings
     WHERE $1::uuid[] IS NULL OR id = ANY ($1) ORDER BY id LIMIT ${QUESTIONS}`,
    [ids ?? null],
  );
}
