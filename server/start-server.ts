import { installGlobals, type ServerBuild } from "@remix-run/node";
import { env } from "../app/env.server.ts";
import { appServer } from "./app-server.ts";

/**
 * Serves the app at `HOST` and `PORT` until the process is told to end: from then on it takes no connections, and ends with
 * the answers that are under way.
 */
export async function startServer(build: ServerBuild): Promise<void> {
  installGlobals({ nativeFetch: true });
  const server = await appServer(build);
  server.listen(env.PORT, env.HOST, () => {
    console.log(`The app is served at http://${env.HOST ?? "localhost"}:${env.PORT}`);
  });
  for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => server.close());
}
