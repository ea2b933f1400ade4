import type { ClientBase } from "pg";
import pg from "pg";

/** For statements that refuse to run among others: CREATE INDEX CONCURRENTLY and its like. */
const ACTIVE_SQL_TRANSACTION = "25001";

/**
 * Runs the SQL of a file and the note that it was run as one simple query, hence as one transaction. Only where the
 * file is a statement that cannot run in a transaction, the note follows by itself.
 */
export async function runScript(client: ClientBase, sql: string, note: string): Promise<void> {
  try {
    await client.query(`${sql}\n;\n${note}`);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== ACTIVE_SQL_TRANSACTION) throw error;
    await client.query(sql);
    await client.query(note);
  }
}
