import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { EMBEDDED_PORT, embeddedDatabaseUrl } from "../../embedded-database-url.ts";

const SCRIPT = fileURLToPath(new URL("../../../scripts/database.ts", import.meta.url));
const START_TIMEOUT_MS = 60_000;

export interface EnsuredDatabase {
  /** Whether this call started it (and its `stop` ends it). */
  started: boolean;
  /** Waits until the database has written everything and is gone. Does nothing to one that was there before. */
  stop(): Promise<void>;
}

export interface EnsureOptions {
  /** Where the embedded database is expected. Default {@link EMBEDDED_PORT}. */
  port?: number;
  /** Default: that of `npm run db:start`. */
  dataDir?: string;
}

/**
 * Makes sure that the database of a URL can be used: where the URL is that of the embedded database and nothing
 * answers there, starts it in a Node process of its own (a long query would otherwise hold up this one).
 *
 * The process belongs to this one: it stops when `stop` is called, and by itself when this one ends, however it
 * ends. It keeps this one from ending no more than an idle pool would, and Ctrl-C in the terminal does not
 * reach it, so that it is there for as long as this process needs it to stop cleanly.
 *
 * Throws what the database printed when it does not start: the port is taken, the data directory is in use.
 */
export async function ensureEmbeddedDatabase(
  databaseUrl: string,
  { port = EMBEDDED_PORT, dataDir }: EnsureOptions = {},
): Promise<EnsuredDatabase> {
  if (databaseUrl !== embeddedDatabaseUrl(port) || (await answers(databaseUrl))) {
    return { started: false, stop: async () => {} };
  }
  const args = ["--stop-with-stdin", "--port", String(port), ...(dataDir ? ["--data-dir", dataDir] : [])];
  const child = spawn(process.execPath, ["--import", "tsx", SCRIPT, "start", ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  const exited = once(child, "exit");
  const output = collect(child.stderr);
  const ready = await Promise.race([
    once(child.stdout, "data").then(() => true),
    exited.then(() => false),
    timeout(START_TIMEOUT_MS),
  ]);
  if (!ready) {
    child.stdin.end();
    throw new Error(`The embedded database did not start: ${output().trim() || "no answer"}`);
  }
  // From here on nothing of the child keeps this process alive.
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) unref(stream);
  return {
    started: true,
    stop: async () => {
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) {
        child.ref();
        await exited;
      }
    },
  };
}

/** Throws when something else than PostgreSQL listens there. */
async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 30_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("SELECT 1");
    return true;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // 57P01 and a connection that just ends: it is stopping. A new one waits for its data directory.
    if (code === "ECONNREFUSED" || code === "57P01" || code === "ECONNRESET") return false;
    throw new Error(`What listens at ${new URL(url).host} is not the embedded database: ${message}`);
  } finally {
    await client.end().catch(() => {});
  }
}

function collect(stream: Readable): () => string {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

function unref(stream: Readable | Writable): void {
  if ("unref" in stream && typeof stream.unref === "function") stream.unref();
}

function timeout(milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, false).unref());
}
