import { mkdirSync } from "node:fs";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { EMBEDDED_PORT, embeddedDatabaseUrl } from "../../embedded-database-url.ts";
import { lockDataDirectory } from "./data-directory-lock.ts";
import { SocketServer } from "./socket-server.ts";

export interface EmbeddedDatabaseOptions {
  /** A directory that is created if missing; without one the database lives in memory. */
  dataDir?: string;
  /** 0 takes a free one. Default {@link EMBEDDED_PORT}. */
  port?: number;
  /** A dump of `PGlite.dumpDataDir` to begin with. In memory only. */
  loadDataDir?: Blob;
}

export interface EmbeddedDatabase {
  url: string;
  /** A dump of the data directory, for `loadDataDir`. No client may be in a transaction. */
  dump(): Promise<Blob>;
  /** Ends every connection, checkpoints and closes. Can be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL as WebAssembly (PGlite, with pgvector) in this process, behind a socket.
 * {@link SocketServer} says what its clients may and may not expect.
 *
 * Throws when the port is taken or the data directory is in use.
 */
export async function startEmbeddedDatabase(
  options: EmbeddedDatabaseOptions = {},
): Promise<EmbeddedDatabase> {
  const { dataDir, port = EMBEDDED_PORT, loadDataDir } = options;
  const unlock = dataDir ? await lockDataDirectory(dataDir) : () => {};
  try {
    if (dataDir) mkdirSync(dataDir, { recursive: true });
    const db = await PGlite.create({ dataDir, loadDataDir, extensions: { vector } });
    const server = await listen(db, port);
    let stopped: Promise<void> | undefined;
    const stop = async () => {
      await server.stop();
      await db.close();
      unlock();
    };
    return {
      url: embeddedDatabaseUrl(server.port),
      dump: () => db.dumpDataDir("none"),
      stop: () => {
        stopped ??= stop();
        return stopped;
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

async function listen(db: PGlite, port: number): Promise<SocketServer> {
  try {
    return await SocketServer.listen(db, { port });
  } catch (error) {
    await db.close();
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new Error(
      `Port ${port} on 127.0.0.1 is in use: stop what listens there, or choose another with --port`,
    );
  }
}
