import pg from "pg";
import { closeConnection } from "./close-connection.ts";
import { inPlainWords } from "./server-faults.ts";
import { endWhenServerIsGone, SILENCE, type Silence } from "./silence.ts";

/**
 * Limits that the role has for the app's queries are not meant for a scan, an index build, or a connection that waits
 * for one. And where our machine is gone, the server shall notice it after half a minute and not after hours:
 * locks and claims of the session are free then. Before PostgreSQL 18 a plan without the scan that verify forbids
 * counts as so dear that it is compiled: half a second for each search. Which of these exist depends on the version.
 */
const SESSION_SETTINGS = `
  SELECT set_config(name, wanted.value, false)
  FROM (VALUES ('statement_timeout', '0'), ('transaction_timeout', '0'), ('idle_session_timeout', '0'),
               ('tcp_keepalives_idle', '10'), ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '4'),
               ('jit', 'off'))
       AS wanted(name, value)
  JOIN pg_settings USING (name)`;

/** Where our process is killed, the server shall notice it in the middle of a statement, and not let it go on to commit. */
const ENDED_WITH_US = "SET client_connection_check_interval = 1000";

/** Opens connections of the engine. Workers, the index build and its progress each need one of their own. */
export interface Connections {
  /**
   * Runs `work` on a connection of its own and closes it afterwards. `role` shows in `application_name`.
   * @throws ServerFault instead of the server's error, where there are plain words for it.
   */
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
 * @param silence when to ask whether a silent server is still there.
 */
export async function openConnections(url: string, silence: Silence = SILENCE): Promise<Connections> {
  let embedded = false;
  const session: Connections["use"] = async (role, work) => {
    const client = new pg.Client({
      connectionString: url,
      application_name: `migrate-halfvec ${role}`,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    // Without a listener, a connection lost between two statements would end the process.
    client.on("error", () => undefined);
    await client.connect();
    try {
      await client.query(SESSION_SETTINGS);
      if (!embedded) {
        // Not every platform of a server, and none before PostgreSQL 14, can do so.
        await client.query(ENDED_WITH_US).catch(() => undefined);
        endWhenServerIsGone(client, url, silence);
      }
      return await work(client);
    } finally {
      // The session outlives the connection there: what was set and locked must not.
      if (embedded) await client.query("RESET ALL; SELECT pg_advisory_unlock_all()").catch(() => undefined);
      await (embedded ? client.end().catch(() => undefined) : closeConnection(client));
    }
  };
  const use: Connections["use"] = (role, work) =>
    session(role, work).catch((error: unknown) => {
      throw inPlainWords(error);
    });
  const version = await use("connect", async (client) => {
    const { rows } = await client.query<{ version: string }>("SELECT version()");
    return rows[0]?.version ?? "";
  });
  embedded = /emscripten|wasm|emcc/i.test(version);
  return { use, embedded };
}
