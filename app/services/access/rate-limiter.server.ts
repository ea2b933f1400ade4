import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import { type Database, pool } from "../../db.server.ts";

/**
 * Lets something happen `points` times in `duration` seconds from the first. It holds over all processes of the app
 * and their restarts: the counts are in the table `rate_limits`, each key after `name`.
 */
export function rateLimiter(
  name: string,
  options: { readonly points: number; readonly duration: number },
  database: Database = pool,
): RateLimiterPostgres {
  return new RateLimiterPostgres({
    storeClient: unnamed(database),
    storeType: "client",
    tableName: "rate_limits",
    tableCreated: true,
    keyPrefix: name,
    ...options,
  });
}

/** Counts one more. @returns null, or in how many seconds to try again where that is too many */
export async function take(limiter: RateLimiterPostgres, key: string): Promise<number | null> {
  try {
    await limiter.consume(key);
    return null;
  } catch (refused) {
    if (refused instanceof RateLimiterRes) return Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
    throw refused;
  }
}

/**
 * The library names its statements. Connections to the embedded database share one session, in which the second
 * one to use a name would fail.
 */
function unnamed(database: Database) {
  return {
    query: ({ text, values }: { text: string; values: unknown[] }) => database.query(text, values),
  };
}
