import { pool } from "../../db.server.ts";
import { env } from "../../env.server.ts";
import { WeightedSlots } from "./weighted-slots.ts";

/** More searches wait than the app is willing to keep waiting. */
export class SearchOverloadedError extends Error {
  override readonly name = "SearchOverloadedError";

  constructor() {
    super(`${env.SEARCH_QUEUE} searches wait before this one. Try again in a moment.`);
  }
}

/**
 * Each table of a search takes a connection: those that found none would wait for one in the middle of their search. Measured
 * with 16 clients on two cores: as many searches of four tables a second with 1, 2, 3 and 4 at the same time, at 95 % of them
 * 25, 50, 77 and 97 ms each.
 */
const slots = new WeightedSlots(env.SEARCH_CONCURRENCY ?? pool.options.max);

/** Searches that have a place and have not asked for their turn yet. */
let coming = 0;

/**
 * Whether one more search may come: it would begin at once, or fewer than `SEARCH_QUEUE` wait. Of those that come it is not
 * known yet how many tables they search; they count as one each, so that a few more than `SEARCH_QUEUE` may wait.
 */
export function hasRoom(): boolean {
  return slots.waiting + coming < env.SEARCH_QUEUE + slots.free;
}

/** The place of one search among those that run and wait. */
export interface SearchPlace {
  /**
   * Runs the search as soon as so many of the `SEARCH_CONCURRENCY` connections are free as it searches tables; until then it
   * waits, and nobody passes it. More at the same time would only wait for each other in the database, and then all of them
   * fail together.
   *
   * @param search is told how long it has waited, in milliseconds
   * @param signal of the client: a search whose client has gone is not begun, and no longer waits
   * @throws the reason of `signal`; what `search` throws
   */
  run<Result>(
    tables: number,
    search: (waitedMs: number) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result>;
  /** To be called in any case, in the end. */
  leave(): void;
}

/**
 * To be asked before anything else is done for a search: to be refused must cost less than to be answered.
 *
 * @throws SearchOverloadedError where {@link hasRoom} says no
 */
export function takePlace(): SearchPlace {
  if (!hasRoom()) throw new SearchOverloadedError();
  coming++;
  let left = false;
  const leave = () => {
    if (!left) coming--;
    left = true;
  };
  return {
    async run(tables, search, signal) {
      leave();
      const arrived = performance.now();
      return await slots.run(tables, () => search(performance.now() - arrived), signal);
    },
    leave,
  };
}
