import { spawn } from "node:child_process";
import { once } from "node:events";

const REMIX = "node_modules/@remix-run/dev/dist/cli.js";
const SERVE = "node_modules/@remix-run/serve/dist/cli.js";

/** Builds the app into `build/`. @throws with what the build printed when it fails. */
export async function buildApp(signal: AbortSignal): Promise<void> {
  const build = spawn(process.execPath, [REMIX, "vite:build"], { stdio: ["ignore", "pipe", "pipe"], signal });
  let output = "";
  build.stdout.on("data", (chunk: Buffer) => {
    output += chunk;
  });
  build.stderr.on("data", (chunk: Buffer) => {
    output += chunk;
  });
  const [code] = await once(build, "close");
  if (code !== 0) throw new Error(`the app could not be built:\n${output}`);
}

export interface ServeOptions {
  databaseUrl: string;
  port: number;
  signal: AbortSignal;
}

/** Serves the built app on 127.0.0.1 until `signal` is aborted. @throws when the server ends by itself. */
export async function serveApp({ databaseUrl, port, signal }: ServeOptions): Promise<void> {
  const server = spawn(process.execPath, [SERVE, "build/server/index.js"], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      NODE_ENV: "production",
      HOST: "127.0.0.1",
      PORT: String(port),
      DATABASE_URL: databaseUrl,
    },
  });
  const stop = () => server.kill();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const [code] = await once(server, "close");
  if (!signal.aborted)
    throw new Error(
      `the app ended with code ${code}: is port ${port} taken? Another one: PORT=3001 npm run demo`,
    );
}
