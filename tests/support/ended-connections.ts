import type pg from "pg";

/**
 * Follows the connections that a pool opens.
 * @returns what resolves when all of them have ended: `pool.end` does when the goodbyes are sent, before the server has
 * heard them
 */
export function whenEnded(pool: pg.Pool): () => Promise<unknown> {
  const ended: Promise<unknown>[] = [];
  pool.on("error", () => {});
  pool.on("connect", (client) => ended.push(new Promise((resolve) => client.once("end", resolve))));
  return () => Promise.all(ended);
}
