import type pg from "pg";

/**
 * Works on a connection of its own, which goes back to the pool without an open transaction, whatever happens.
 * @throws what `work` throws; a connection that could not be rolled back is closed
 */
export async function onOwnConnection<Result>(
  database: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await database.connect();
  let broken: Error | undefined;
  // A connection that is lost between two statements says so by an event; the next statement fails, and that is enough.
  client.on("error", ignoreLoss);
  try {
    return await work(client);
  } catch (error) {
    await client.query("ROLLBACK").catch((lost: Error) => {
      broken = lost;
    });
    throw error;
  } finally {
    client.off("error", ignoreLoss);
    client.release(broken);
  }
}

function ignoreLoss(): void {}
