import type pg from "pg";
import { pool } from "../../db.server.ts";
import { inTransaction } from "../halfvec/transaction.ts";

/**
 * Runs `work` in one transaction that takes turns with every other one on the same workspace: what one checks, such
 * as that another admin remains, still holds when it writes. Work on content goes on meanwhile.
 */
export async function inWorkspace<Result>(
  workspaceId: string,
  work: (client: pg.PoolClient) => Promise<Result>,
  database: pg.Pool = pool,
): Promise<Result> {
  const client = await database.connect();
  try {
    return await inTransaction(client, async () => {
      // Not FOR UPDATE, which would make whoever adds a page to the workspace wait.
      await client.query("SELECT FROM workspaces WHERE id = $1 FOR NO KEY UPDATE", [workspaceId]);
      return await work(client);
    });
  } finally {
    client.release();
  }
}
