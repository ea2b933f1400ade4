import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Where this run's databases live. */
export type TestServer =
  | { kind: "server"; from: "TEST_DATABASE_URL"; url: string }
  | { kind: "server"; from: "testcontainers" }
  | { kind: "embedded" };

/** What test files learn of it (`inject("testRun")`). */
export interface TestRun {
  kind: TestServer["kind"];
  /** Of a database on the server from which others can be created; empty on PGlite. */
  adminUrl: string;
  /** Every database that this run creates begins with it. */
  prefix: string;
  /** A directory that lives as long as the run. */
  directory: string;
}

declare module "vitest" {
  interface ProvidedContext {
    testRun: TestRun;
  }
}

/** The tag of a test that says nothing on PGlite: concurrency, crashes, plans of a real planner. */
export const SERVER_TAG = "server";

/** The tag of a test that needs a streaming standby of that server, whose URL is `TEST_STANDBY_URL`. */
export const STANDBY_TAG = "standby";

/** The tag of a test that runs the program pg_repack, and needs its extension on that server. */
export const REPACK_TAG = "pg_repack";

/** The tag of a test that runs the program psql. */
export const PSQL_TAG = "psql";

/** The tag of a test that runs the program pg_dump on that server. */
export const PG_DUMP_TAG = "pg_dump";

/** Whether this machine has a program of PostgreSQL, such as `psql`. */
export function hasProgram(name: string): boolean {
  return spawnSync(name, ["--version"]).status === 0;
}

/** The tag of a test that crashes that server, by the commands of `TEST_SERVER_KILL` and `TEST_SERVER_START`. */
export const CRASH_TAG = "crash";

export const CONTAINER_IMAGE = "pgvector/pgvector:pg17";

/**
 * `TEST_DATABASE_URL` if set, else a container if Docker answers, else PGlite in this process.
 * `TEST_SERVER=embedded` asks for PGlite wherever it runs.
 */
export async function chooseTestServer(): Promise<TestServer> {
  if (process.env.TEST_SERVER === "embedded") return { kind: "embedded" };
  const url = process.env.TEST_DATABASE_URL;
  if (url) return { kind: "server", from: "TEST_DATABASE_URL", url };
  return (await dockerAnswers()) ? { kind: "server", from: "testcontainers" } : { kind: "embedded" };
}

async function dockerAnswers(): Promise<boolean> {
  // Looking for a runtime takes testcontainers seconds; without a sign of one, do not ask.
  const socket = `${process.env.XDG_RUNTIME_DIR ?? ""}/docker.sock`;
  const signs = [process.env.DOCKER_HOST, process.env.TESTCONTAINERS_HOST_OVERRIDE];
  if (!signs.some(Boolean) && !existsSync("/var/run/docker.sock") && !existsSync(socket)) return false;
  const { getContainerRuntimeClient } = await import("testcontainers");
  return getContainerRuntimeClient().then(
    () => true,
    () => false,
  );
}
