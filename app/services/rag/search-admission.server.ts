import pLimit from "p-limit";
import { env } from "../../env.server.ts";

/** More searches wait than the app is willing to keep waiting. */
export class SearchOverloadedError extends Error {
  override readonly name = "SearchOverloadedError";
}

const limit = pLimit(env.SEARCH_CONCURRENCY);

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
