import pLimit from "p-limit";
import { pool } from "../../db.server.ts";
import { env } from "../../env.server.ts";
import { SEARCH_SOURCES } from "./search-sources.ts";

/** More searches wait than the app is willing to keep waiting. */
export class SearchOverloadedError extends Error {
  override readonly name = "SearchOverloadedError";
}

/**
 * Each table of a search takes a connection: those that found none would wait for one in the middle of their search. Measured
 * with 16 clients on two cores: as many searches a second with 1, 2, 3 and 4 at the same time, at 95 % of them 25, 50, 77 and
 * 97 ms each.
 */
const limit = pLimit(
  env.SEARCH_CONCURRENCY ?? Math.max(1, Math.floor(pool.options.max / SEARCH_SOURCES.length)),
);

/**
 * To be asked before anything else is done for a search: to be refused must cost less than to be answered.
 *
 * @throws SearchOverloadedError where `SEARCH_QUEUE` searches wait already
 */
export function requireRoom(): void {
  if (limit.pendingCount < env.SEARCH_QUEUE) return;
  throw new SearchOverloadedError(
    `${limit.pendingCount} searches wait before this one. Try again in a moment.`,
  );
}

/**
 * Runs a search as soon as fewer than `SEARCH_CONCURRENCY` are under way in this process; until then it waits. More at the
 * same time would only wait for each other in the database, and then all of them fail together.
 *
 * @param search is told how long it has waited, in milliseconds
 * @param signal of the client: a search whose client has gone is not begun
 * @throws SearchOverloadedError as {@link requireRoom}; the reason of `signal`; what `search` throws
 */
export async function admitSearch<Result>(
  search: (waitedMs: number) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  requireRoom();
  const arrived = performance.now();
  return await limit(async () => {
    signal?.throwIfAborted();
    return await search(performance.now() - arrived);
  });
}
