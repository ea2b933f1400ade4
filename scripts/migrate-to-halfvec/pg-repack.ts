import { spawn } from "node:child_process";
import pg from "pg";
import type { RunRepack } from "../../app/services/halfvec/contract/reclaim.ts";
import { InterruptedError } from "../../app/services/halfvec/errors.ts";

const PROGRAM = "pg_repack";

/** How long it waits for those who hold a table before it leaves the table as it is, in seconds: its own default. */
const WAIT_SECONDS = 60;

/** Parameters of a URL that a program of PostgreSQL takes from the environment. */
const TLS_VARIABLES = {
  sslmode: "PGSSLMODE",
  sslrootcert: "PGSSLROOTCERT",
  sslcert: "PGSSLCERT",
  sslkey: "PGSSLKEY",
} as const;

/**
 * Runs the program pg_repack against the database of `url`, or null where this machine has none on its PATH. Aborted, it
 * ends when the program has cleaned up behind itself.
 * @param waitSeconds how long it waits for those who hold a table.
 */
export async function findRepack(url: string, waitSeconds = WAIT_SECONDS): Promise<RunRepack | null> {
  const there = await run(["--version"], {}, new AbortController().signal).then(
    () => true,
    () => false,
  );
  if (!there) return null;
  return (table, signal) => {
    const { words, environment } = repackConnection(url);
    return run(
      [
        ...words,
        `--table=${table.schema}.${table.name}`,
        // A rewrite in the order in which the rows lie. Whoever holds the table is waited for, and never ended.
        "--no-order",
        "--no-kill-backend",
        "--no-superuser-check",
        `--wait-timeout=${waitSeconds}`,
      ],
      environment,
      signal,
    );
  };
}

/**
 * The connection of `url` as pg_repack takes it: to the server that our own driver finds in it. The password goes by
 * the environment, where nobody else sees it.
 */
export function repackConnection(url: string): { words: string[]; environment: Record<string, string> } {
  const parameters = new URL(url).searchParams;
  const tls = Object.entries(TLS_VARIABLES).flatMap(([name, variable]) => {
    const value = parameters.get(name);
    return value === null ? [] : [[variable, value] as const];
  });
  // Files of certificates are for the program to read.
  for (const name of Object.keys(TLS_VARIABLES)) parameters.delete(name);
  const { host, port, user, database, password } = new pg.Client({
    connectionString: Object.assign(new URL(url), { search: parameters.toString() }).href,
  });
  return {
    words: [
      ...(database ? [`--dbname=${database}`] : []),
      `--host=${host}`,
      `--port=${port}`,
      ...(user ? [`--username=${user}`] : []),
    ],
    environment: { ...(password ? { PGPASSWORD: password } : {}), ...Object.fromEntries(tls) },
  };
}

/** Resolves to what the program said. */
async function run(
  words: string[],
  environment: Record<string, string>,
  signal: AbortSignal,
): Promise<string> {
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
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (error) => {
      // When aborted it is only asked to end: it still removes its trigger and its tables.
      if (child.pid === undefined) reject(error);
    });
    child.once("close", resolve);
  });
  if (signal.aborted) throw new InterruptedError();
  if (code !== 0) throw new Error(`${PROGRAM} ended with ${code}: ${said.trim()}`);
  return said.trim();
}
