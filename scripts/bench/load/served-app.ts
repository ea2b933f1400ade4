import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import pg from "pg";
import { buildApp, serveApp } from "../../demo/app-server.ts";
import { freePort } from "../../free-port.ts";

export interface ServedApp {
  /** Without a slash at its end. */
  url: string;
  /** A key of the workspace, as a Bearer token. */
  key: string;
  /** Memory of the process, in bytes. */
  readMemory(): Promise<number>;
  stop(): Promise<void>;
}

/** Serves the built app from a database, with `settings` as variables of its environment. Builds it where it is not built. */
export async function serve(
  databaseUrl: string,
  workspaceId: string,
  settings: Readonly<Record<string, string>>,
): Promise<ServedApp> {
  if (!existsSync("build/server/index.js")) await buildApp(new AbortController().signal);
  const token = randomBytes(16).toString("hex");
  const port = await freePort();
  const stopped = new AbortController();
  Object.assign(process.env, { EMBEDDING_PROVIDER: "local", METRICS_TOKEN: token, ...settings });
  let ended: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    ended = serveApp({ databaseUrl, port, signal: stopped.signal, onReady: resolve });
    ended.catch(reject);
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    key: await addKey(databaseUrl, workspaceId),
    async readMemory() {
      const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
      const [, bytes] = /^process_resident_memory_bytes (\S+)/m.exec(await response.text()) ?? [];
      return Number(bytes);
    },
    async stop() {
      stopped.abort();
      await ended;
    },
  };
}

/** A key of a workspace as the app makes them: `hvk_`, 32 random bytes, stored as their hash. */
async function addKey(databaseUrl: string, workspaceId: string): Promise<string> {
  const key = `hvk_${randomBytes(32).toString("base64url")}`;
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      "INSERT INTO api_keys (workspace_id, name, key_hash, key_start) VALUES ($1, $2, $3, $4)",
      [
        workspaceId,
        `bench ${key.slice(-6)}`,
        createHash("sha256").update(key).digest("hex"),
        key.slice(0, 8),
      ],
    );
  } finally {
    await client.end();
  }
  return key;
}
