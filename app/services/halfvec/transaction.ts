import type { ClientBase } from "pg";

/** Runs `work` in a transaction: commits what it did, or rolls it back and rethrows. */
export async function inTransaction<Result>(
  client: ClientBase,
  work: () => Promise<Result>,
): Promise<Result> {
  await client.query("BEGIN");
  try {
    const result = await work();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    // After a lost connection there is nothing left to roll back; the first error is the one to tell.
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}
