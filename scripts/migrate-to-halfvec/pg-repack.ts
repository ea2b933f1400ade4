import { spawn } from "node:child_process";
import type { RunRepack } from "../../app/services/halfvec/contract/reclaim.ts";
import { InterruptedError } from "../../app/services/halfvec/errors.ts";

const PROGRAM = "pg_repack";

/** Runs the program pg_repack against the database of `url`, or null where this machine has none on its PATH. */
export async function findRepack(url: string): Promise<RunRepack | null> {
  const there = await run(["--version"], {}, new AbortController().signal).then(
    () => true,
    () => false,
  );
  if (!there) return null;
  return async (table, signal) => {
    const { words, environment } = connectionOf(url);
    await run(
      [
        ...words,
        `--table=${table.schema}.${table.name}`,
        // A rewrite in the order in which the rows lie. Whoever holds the table is waited for, and never ended.
        "--no-order",
        "--no-kill-backend",
        "--no-superuser-check",
      ],
      environment,
      signal,
    );
  };
}

/** The connection as pg_repack takes it; the password goes by the environment, where nobody else sees it. */
function connectionOf(url: string): { words: string[]; environment: Record<string, string> } {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const words = [`--dbname=${decodeURIComponent(pathname.slice(1))}`];
  if (hostname !== "") words.push(`--host=${hostname}`);
  if (port !== "") words.push(`--port=${port}`);
  if (username !== "") words.push(`--username=${decodeURIComponent(username)}`);
  const sslmode = searchParams.get("sslmode");
  return {
    words,
    environment: {
      ...(password === "" ? {} : { PGPASSWORD: decodeURIComponent(password) }),
      ...(sslmode === null ? {} : { PGSSLMODE: sslmode }),
    },
  };
}

async function run(words: string[], environment: Record<string, string>, signal: AbortSignal): Promise<void> {
  const child = spawn(PROGRAM, words, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    signal,
    killSignal: "SIGINT",
  });
  let said = "";
  const hear = (text: Buffer) => {
    said += text.toString();
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${PROGRAM} ended with ${code}: ${said.trim()}`));
    });
  }).catch((error: unknown) => {
    throw signal.aborted ? new InterruptedError() : error;
  });
}
