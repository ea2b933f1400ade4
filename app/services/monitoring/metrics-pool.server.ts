import pg from "pg";
import { EMBEDDED_DATABASE_URL } from "../../embedded-database-url.ts";
import { env } from "../../env.server.ts";

/** What one query of monitoring may take: who looks at a busy database must not make it busier. */
const STATEMENT_TIMEOUT_MS = 1_000;
const CONNECTION_TIMEOUT_MS = 2_000;
/** A server behind a network that is gone cannot end a statement, and nobody else would: the page would wait for ever. */
const ANSWER_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 2_000;

function connect(): pg.Pool {
  const embedded = env.DATABASE_URL === EMBEDDED_DATABASE_URL;
  const pool = new pg.Pool({
    connectionString: env.DATABASE_URL,
    application_name: "halfvec-migration-metrics",
    // One for the snapshot, and one for what is counted by the side.
    max: 2,
    // The embedded database serves one at a time, and ends no statement before its time.
    ...(embedded
      ? { connectionTimeoutMillis: 60_000 }
      : {
          connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
          statement_timeout: STATEMENT_TIMEOUT_MS,
          query_timeout: ANSWER_TIMEOUT_MS,
        }),
    idleTimeoutMillis: 10_000,
    allowExitOnIdle: true,
  });
  // An idle connection that the server closes is replaced by the next query, which says so where that fails.
  pool.on("error", () => undefined);
  return pool;
}

// The development server loads this module again on every change: the connection outlives it.
const kept = globalThis as typeof globalThis & { vectorMetricsPool?: pg.Pool };
kept.vectorMetricsPool ??= connect();

/**
 * The connection of monitoring, apart from the app's: it neither waits behind searches nor makes them wait, and each
 * of its statements has a short time-out. Connects on first use.
 */
export const metricsPool: pg.Pool = kept.vectorMetricsPool;
