import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { EMBEDDED_DATABASE_URL } from "./embedded-database-url.ts";
import { env } from "./env.server.ts";
import { PrismaClient } from "./generated/prisma/client.ts";

/** What a service needs of a database: the app's pool, a test's own pool or one connection of either. */
export type Database = Pick<pg.Pool, "query">;

interface Connections {
  pool: pg.Pool;
  prisma: PrismaClient;
}

/** How long the answer to a statement that the server has ended may be under way, in milliseconds. */
const ANSWER_MS = 5_000;

const SERVER_POOL = {
  max: 10,
  statement_timeout: env.STATEMENT_TIMEOUT_MS,
  // Behind a network that is gone nobody ends a statement: without it the page would wait for ever.
  ...(env.STATEMENT_TIMEOUT_MS > 0 && { query_timeout: env.STATEMENT_TIMEOUT_MS + ANSWER_MS }),
  connectionTimeoutMillis: 5_000,
} as const;

/** It runs one statement at a time for everybody and accepts no connection meanwhile: wait, do not give up. */
const EMBEDDED_POOL = { max: 4, connectionTimeoutMillis: 60_000 } as const;

function connect(): Connections {
  const embedded = env.DATABASE_URL === EMBEDDED_DATABASE_URL;
  const pool = new pg.Pool({
    connectionString: env.DATABASE_URL,
    application_name: "halfvec-migration-app",
    ...(embedded ? EMBEDDED_POOL : SERVER_POOL),
    ...(env.DATABASE_POOL_MAX === undefined ? {} : { max: env.DATABASE_POOL_MAX }),
    idleTimeoutMillis: 30_000,
    // The process ends when its work is done, without waiting for connections that do nothing.
    allowExitOnIdle: true,
  });
  // An idle connection that the server closes is replaced by the next query; without a listener it would end the process.
  pool.on("error", (error) => console.warn(`database: an idle connection was lost (${error.message})`));
  return { pool, prisma: new PrismaClient({ adapter: new PrismaPg(pool) }) };
}

// The development server loads this module again on every change: the connections outlive it.
const kept = globalThis as typeof globalThis & { halfvecMigrationConnections?: Connections };
kept.halfvecMigrationConnections ??= connect();

/** The one connection pool of the process; similarity SQL and COPY go through it. Connects on first use. */
export const pool: pg.Pool = kept.halfvecMigrationConnections.pool;

/** The one Prisma client, on the same pool. */
export const prisma: PrismaClient = kept.halfvecMigrationConnections.prisma;
