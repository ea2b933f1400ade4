import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { TestDatabase } from "./test.ts";

/** A TCP proxy before a database, whose network can be taken away. */
export interface TcpProxy {
  /** The database, seen through the proxy. */
  database: TestDatabase;
  /** Ends all connections and refuses new ones, as a host whose server is down. */
  close(): Promise<void>;
  /** Lets connections through again, on the same port. */
  open(): Promise<void>;
  /** From now on nothing is passed on and nobody is told, as where the network is gone. New connections are silent too. */
  freeze(): void;
}

/** Starts a proxy before the server of `database`. Does not outlive the test. */
export async function startProxy(database: TestDatabase): Promise<TcpProxy> {
  const target = new URL(database.url);
  const pairs = new Set<readonly [Socket, Socket]>();
  let frozen = false;
  const server = createServer((near) => {
    const far = connect(Number(target.port || 5432), target.hostname);
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const socket of pair) {
      socket.on("error", () => undefined);
      socket.on("close", () => {
        if (frozen) return;
        near.destroy();
        far.destroy();
        pairs.delete(pair);
      });
    }
    if (frozen) return;
    near.pipe(far);
    far.pipe(near);
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const dropAll = () => {
    frozen = false;
    for (const [near, far] of pairs) {
      near.destroy();
      far.destroy();
    }
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    dropAll();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  onTestFinished(close);
  const url = new URL(database.url);
  url.host = `127.0.0.1:${port}`;
  return {
    database: { ...database, url: url.href },
    close,
    open: () => listen(port),
    freeze: () => {
      frozen = true;
      for (const [near, far] of pairs) {
        near.unpipe(far);
        far.unpipe(near);
        near.pause();
        far.pause();
      }
    },
  };
}
