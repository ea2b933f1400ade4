import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { serveApp } from "../../scripts/demo/app-server.ts";

export interface ServedApp {
  /** Without a slash at its end. */
  url: string;
  stop(): Promise<void>;
}

/** Serves the built app from a database, on a free port. Resolves once it answers. */
export async function startApp(databaseUrl: string): Promise<ServedApp> {
  const port = await freePort();
  const stopped = new AbortController();
  let ended: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    ended = serveApp({ databaseUrl, port, signal: stopped.signal, onReady: resolve });
    ended.catch(reject);
  });
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      stopped.abort();
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
