import pg from "pg";
import { inject } from "vitest";
import { deployThrough } from "../../app/services/prisma-migrations/apply-migration.ts";
import { createEmbeddedDatabase } from "../support/embedded-databases.ts";
import { createServerDatabase } from "../support/server-databases.ts";

export interface SearchDatabase {
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

/** A database at the baseline for a whole test file (filling it takes seconds), with a pool as the app has one. */
export async function openSearchDatabase(): Promise<SearchDatabase> {
  const run = inject("testRun");
  const { url, drop } = await (run.kind === "server" ? createServerDatabase : createEmbeddedDatabase)(
    run,
    "init",
  );
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pool.on("error", () => {});
  const ended: Promise<unknown>[] = [];
  pool.on("connect", (client) => ended.push(new Promise((resolve) => client.once("end", resolve))));
  return {
    pool,
    async close() {
      // `end` resolves when the goodbyes are sent, before the server has heard them.
      await pool.end();
      await Promise.all(ended);
      await drop();
    },
  };
}

/** Applies the migrations up to and including the one of that name. */
export async function deploy(pool: pg.Pool, through: string): Promise<void> {
  const client = await pool.connect();
  try {
    await deployThrough(client, { through });
  } finally {
    client.release();
  }
}
