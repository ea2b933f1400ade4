import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { inject, onTestFinished } from "vitest";
import type { TestDatabase } from "./test.ts";

/** Shell commands for a server that tests may crash. */
export interface CrashCommands {
  /** Ends it as a crash does: no checkpoint, sessions cut off. */
  kill: string;
  /** Starts it. Does nothing where it runs. */
  start: string;
}

/** `TEST_SERVER_KILL` and `TEST_SERVER_START`, or null where one of them is not set. */
export function crashCommands(): CrashCommands | null {
  const { TEST_SERVER_KILL: kill, TEST_SERVER_START: start } = process.env;
  return kill && start ? { kill, start } : null;
}

/** The server of a test with the tag "crash". It runs again when the test ends. */
export interface CrashableServer {
  crash(): Promise<void>;
  /** Resolves when the server has recovered and takes writes. */
  start(): Promise<void>;
}

export function crashableServer(): CrashableServer {
  const commands = crashCommands();
  if (!commands) throw new Error("TEST_SERVER_KILL and TEST_SERVER_START are not set");
  const { adminUrl } = inject("testRun");
  const start = async () => {
    await shell(commands.start);
    await untilItAnswers(adminUrl);
  };
  onTestFinished(start, 60_000);
  return { crash: () => shell(commands.kill), start };
}

/** The database as seen through a new connection: the one before was cut off. */
export async function reconnected(database: TestDatabase): Promise<TestDatabase> {
  const client = await database.connect();
  const query: TestDatabase["query"] = async (sql, values) => (await client.query(sql, values)).rows as never;
  return { ...database, client, query };
}

async function untilItAnswers(url: string): Promise<void> {
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => {});
    try {
      await client.connect();
      const { rows } = await client.query<{ standby: boolean }>("SELECT pg_is_in_recovery() AS standby");
      if (rows[0]?.standby === false) return;
    } catch {
      // It starts up still.
    } finally {
      await client.end().catch(() => {});
    }
    await sleep(50);
  }
}

/** @throws with what the command said, where it fails. */
function shell(command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // Not a pipe: the server would inherit it and keep it open.
    const child = spawn(command, { shell: true, stdio: ["ignore", "ignore", "inherit"] });
    child.once("error", reject);
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`exit code ${code}: ${command}`)),
    );
  });
}
