import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import type { PGlite } from "@electric-sql/pglite";
import { Backend } from "./backend.ts";
import { Connection } from "./connection.ts";

export interface SocketServerOptions {
  /** 0 takes a free one. */
  port: number;
  /** After this many milliseconds a transaction that others wait for is taken from an idle client. */
  idleInTransactionMs?: number;
}

/**
 * Serves a PGlite instance over TCP on 127.0.0.1 to any number of PostgreSQL clients.
 *
 * PGlite is one backend, and this is what that means for clients (each point has a test):
 * - All connections are one PostgreSQL session. A session-level SET, a named prepared statement, a temporary
 *   table or an advisory lock of one is seen by all; it goes (`DISCARD ALL`) when the last connection closes.
 * - Statements run one at a time, in the order they came. A transaction keeps the backend until it ends: what
 *   other connections send waits meanwhile. A client that waits on one connection for what another one does
 *   inside an open transaction waits for itself; after 60 s the idle transaction is ended (25P03).
 * - A client that goes away in a transaction, or in the middle of a query, is rolled back before the next turn.
 * - Cancel requests and `statement_timeout` do nothing: WebAssembly cannot be interrupted, and the process that
 *   runs it does nothing else meanwhile, not even accept a connection. Run it in a process of its own.
 * - `COPY … FROM STDIN` works as a simple query that begins with COPY; its data is held in memory until it ends.
 * - There is one database; another name in the URL is refused (3D000). There is no limit of connections.
 *
 * `@electric-sql/pglite-socket` (0.2.17) does the same and is not used: it queues single messages, so that another
 * connection's Parse can come between a Parse and its Bind, it ends the server's session on a COPY from the
 * client, and it stops for ever when a client goes away while its BEGIN runs.
 */
export class SocketServer {
  private readonly connections = new Set<Connection>();
  private readonly backend: Backend;
  private readonly server: Server;

  private constructor(db: PGlite, { idleInTransactionMs = 60_000 }: SocketServerOptions) {
    this.backend = new Backend(db, idleInTransactionMs);
    this.server = createServer((socket) => {
      const connection = new Connection(socket, this.backend, "postgres");
      this.connections.add(connection);
      socket.on("close", () => this.connections.delete(connection));
    });
  }

  /** Throws the socket's error, `EADDRINUSE` where the port is taken. */
  static async listen(db: PGlite, options: SocketServerOptions): Promise<SocketServer> {
    const server = new SocketServer(db, options);
    server.server.listen(options.port, "127.0.0.1");
    await once(server.server, "listening");
    return server;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Accepts nobody any more, ends every connection, rolls back what was open. PGlite can be closed after it. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const connection of this.connections) {
      connection.fail("57P01", "terminating connection due to administrator command");
    }
    await closed;
    await this.backend.settle();
  }
}
