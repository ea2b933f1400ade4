import { serveApp } from "../../scripts/demo/app-server.ts";
import { freePort } from "../../scripts/free-port.ts";

export interface ServedApp {
  /** Without a slash at its end. */
  url: string;
  stop(): Promise<void>;
}

/**
 * Serves the built app from a database, on a free port. Resolves once it answers.
 *
 * @param options of an app that takes the place of an earlier one: its port, and what signs its sessions
 */
export async function startApp(
  databaseUrl: string,
  options: { port?: number; sessionSecrets?: readonly string[] } = {},
): Promise<ServedApp> {
  const { port = await freePort(), sessionSecrets } = options;
  const stopped = new AbortController();
  let ended: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    ended = serveApp({ databaseUrl, port, sessionSecrets, signal: stopped.signal, onReady: resolve });
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
