import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

const REMIX = "node_modules/@remix-run/dev/dist/cli.js";

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
  /** What signs its sessions. Default: one of its own. */
  sessionSecrets?: readonly string[];
  signal: AbortSignal;
  /** Called once the app answers. */
  onReady: () => void;
}

/** Serves the built app on 127.0.0.1 until `signal` is aborted. @throws when the server ends by itself. */
export async function serveApp({
  databaseUrl,
  port,
  sessionSecrets = [randomBytes(32).toString("hex")],
  signal,
  onReady,
}: ServeOptions): Promise<void> {
  const server = spawn(process.execPath, ["build/server/index.js"], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      NODE_ENV: "production",
      HOST: "127.0.0.1",
      PORT: String(port),
      APP_URL: `http://127.0.0.1:${port}`,
      DATABASE_URL: databaseUrl,
      SESSION_SECRET: sessionSecrets.join(","),
    },
  });
  // Ctrl-C reaches it by the terminal and by us; it complains of being told twice, and nobody wants to read that.
  server.stderr.on("data", (chunk: Buffer) => signal.aborted || process.stderr.write(chunk));
  const stop = () => server.kill();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const closed = once(server, "close");
  const ended = new AbortController();
  closed.finally(() => ended.abort());
  if (await answers(`http://127.0.0.1:${port}/healthz`, ended.signal)) onReady();
  const [code] = await closed;
  if (!signal.aborted)
    throw new Error(
      `the app ended with code ${code}: is port ${port} taken? Another one: PORT=3001 npm run demo`,
    );
}

/** Waits until `url` answers; false when `ended` comes first. */
async function answers(url: string, ended: AbortSignal): Promise<boolean> {
  while (!ended.aborted) {
    const response = await fetch(url, { signal: ended }).catch(() => null);
    if (response?.ok) return true;
    await sleep(200);
  }
  return false;
}
