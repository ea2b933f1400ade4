import type { RateLimiterPostgres } from "rate-limiter-flexible";
import { type Database, pool } from "../../db.server.ts";
import { rateLimiter, take } from "./rate-limiter.server.ts";

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/**
 * How many attempts there may be, in how many seconds from the first. One address has few for one account, which ends
 * ordinary guessing and locks nobody else out. An account as a whole has more, in a shorter time: that is for guesses
 * from many addresses, and does not hold where its owner has signed in before.
 */
export const SIGN_IN_LIMITS = {
  /** Attempts of one address on one account. */
  pair: { points: 10, duration: 15 * MINUTE },
  /** Attempts of one address on any account; a whole office may be behind it. */
  address: { points: 100, duration: 15 * MINUTE },
  /** Attempts on one account from addresses where nobody has signed in to it. */
  account: { points: 30, duration: 10 * MINUTE },
  /** Attempts of somebody who is signed in to tell the present password. */
  password: { points: 10, duration: 15 * MINUTE },
} as const;

/** How long an address counts as its owner's after it was used, in seconds. */
const KNOWN_FOR = 90 * DAY;

type LimitName = keyof typeof SIGN_IN_LIMITS;

export interface SignInLimits {
  /** Counts an attempt before the password is looked at. @returns null, or in how many seconds to try again. */
  takeAttempt(email: string, address: string): Promise<number | null>;
  /** The password was right: the counts of the account begin anew, and the address is known as its owner's. */
  forgive(email: string, address: string): Promise<void>;
  /** As `takeAttempt`, for the present password of a user who is signed in. */
  takePasswordAttempt(userId: string): Promise<number | null>;
  forgivePassword(userId: string): Promise<void>;
}

/** The limits of signing in, counted in one database. */
export function signInLimits(database: Database = pool): SignInLimits {
  const limiters = Object.fromEntries(
    Object.entries(SIGN_IN_LIMITS).map(([name, options]) => [name, rateLimiter(name, options, database)]),
  ) as Record<LimitName, RateLimiterPostgres>;
  const known = rateLimiter("known", { points: 1, duration: KNOWN_FOR }, database);
  const pairOf = (email: string, address: string) => `${address} ${email}`;
  return {
    async takeAttempt(email, address) {
      const pair = pairOf(email, address);
      // In this order: an attempt that is refused here does not use up what the account has.
      for (const [name, key] of [
        ["address", address],
        ["pair", pair],
      ] as const) {
        const seconds = await take(limiters[name], key);
        if (seconds !== null) return seconds;
      }
      return (await known.get(pair)) === null ? take(limiters.account, email) : null;
    },
    async forgive(email, address) {
      const pair = pairOf(email, address);
      await limiters.address.reward(address);
      await limiters.pair.delete(pair);
      await limiters.account.delete(email);
      await known.set(pair, 1, KNOWN_FOR);
    },
    takePasswordAttempt: (userId) => take(limiters.password, userId),
    async forgivePassword(userId) {
      await limiters.password.delete(userId);
    },
  };
}

let appLimits: SignInLimits | undefined;

/** Those of the app, on its own pool. */
export function appSignInLimits(): SignInLimits {
  appLimits ??= signInLimits();
  return appLimits;
}
