import pg from "pg";

/** Opens connections of the engine. Workers, the index build and its progress each need one of their own. */
export interface Connections {
  /** Runs `work` on a connection of its own and closes it afterwards. `role` shows in `application_name`. */
  use<Result>(role: string, work: (client: pg.Client) => Promise<Result>): Promise<Result>;
  /**
   * Whether this is the embedded database (PGlite). It has one session for all connections: one worker, no progress
   * from a second connection, and locks between connections mean nothing.
   */
  readonly embedded: boolean;
}

/**
 * @param url PostgreSQL connection URL. A pooler in transaction mode (PgBouncer) will not do: claims are held
 *   by session locks.
 */
export async function openConnections(url: string): Promise<Connections> {
  let embedded = false;
  const use: Connections["use"] = async (role, work) => {
    const client = new pg.Client({
      connectionString: url,
      application_name: `migrate-halfvec ${role}`,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
    });
    // Without a listener, a connection lost between two statements would end the process.
    client.on("error", () => undefined);
    await client.connect();
    try {
      // A limit that the role has for the app's queries is not meant for a scan or an index build.
      await client.query("SET statement_timeout = 0");
      return await work(client);
    } finally {
      // The session outlives the connection there: what was set and locked must not.
      if (embedded) await client.query("RESET ALL; SELECT pg_advisory_unlock_all()").catch(() => undefined);
      await client.end().catch(() => undefined);
    }
  };
  const version = await use("connect", async (client) => {
    const { rows } = await client.query<{ version: string }>("SELECT version()");
    return rows[0]?.version ?? "";
  });
  embedded = /emscripten|wasm|emcc/i.test(version);
  return { use, embedded };
}
