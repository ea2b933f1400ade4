import { sqlState } from "../halfvec/errors.ts";
import { isConnectionLost } from "../halfvec/server-faults.ts";

/**
 * Another writer was in the way, or the database was too slow: query_canceled, deadlock_detected,
 * serialization_failure, lock_not_available, idle_in_transaction_session_timeout, transaction_timeout. The transaction
 * was rolled back.
 */
const BUSY = new Set(["57014", "40P01", "40001", "55P03", "25P03", "25P04"]);

/** What the connection pool throws, without a code, where all of its connections are in use for too long. */
const POOL_EXHAUSTED = /^timeout exceeded when trying to connect/;

/** Why a write failed that can succeed when it is tried again, for the one who wrote; null for any other error. */
export function passingFault(error: unknown): string | null {
  if (isConnectionLost(error)) {
    return "The database could not be reached, so this may not have been saved. Look whether it was, and try again.";
  }
  const busy =
    BUSY.has(sqlState(error) ?? "") || (error instanceof Error && POOL_EXHAUSTED.test(error.message));
  return busy ? "The database was too busy, so nothing was saved. Please try again in a moment." : null;
}
