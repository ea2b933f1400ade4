import { serveApp } from "../../scripts/demo/app-server.ts";
import { freePort } from "../support/free-port.ts";

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
