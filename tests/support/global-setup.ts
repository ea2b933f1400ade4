import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { CONTAINER_IMAGE, chooseTestServer, type TestServer } from "./test-server.ts";

/** Says where the tests run, brings that up, and takes away afterwards whatever the run left there. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await chooseTestServer();
  const directory = await mkdtemp(join(tmpdir(), "halfvec-tests-"));
  const { adminUrl, stop } = await start(server);
  const machine = `vitest_${createHash("sha256").update(hostname()).digest("hex").slice(0, 8)}`;
  const prefix = `${machine}_${process.pid}_`;
  if (adminUrl) await dropDatabases(adminUrl, machine, isLeftOver);
  project.provide("testRun", { kind: server.kind, adminUrl, prefix, directory });
  return async () => {
    if (adminUrl) await dropDatabases(adminUrl, prefix, () => true);
    await stop();
    await rm(directory, { recursive: true, force: true });
  };
}

async function start(server: TestServer): Promise<{ adminUrl: string; stop: () => Promise<unknown> }> {
  if (server.kind === "embedded") {
    process.stdout.write("Tests run on PGlite, in memory\n");
    return { adminUrl: "", stop: async () => {} };
  }
  if (server.from === "TEST_DATABASE_URL") {
    const { host, pathname } = new URL(server.url);
    process.stdout.write(`Tests run on the PostgreSQL server of TEST_DATABASE_URL, ${host}${pathname}\n`);
    return { adminUrl: server.url, stop: async () => {} };
  }
  process.stdout.write(`Tests run on a container of ${CONTAINER_IMAGE}\n`);
  const { PostgreSqlContainer } = await import("@testcontainers/postgresql");
  const container = await new PostgreSqlContainer(CONTAINER_IMAGE).start();
  return { adminUrl: container.getConnectionUri(), stop: () => container.stop() };
}

/** `vitest_MACHINE_PID_…` of a process of this machine that is gone: a run that was killed. */
function isLeftOver(name: string): boolean {
  const pid = Number(name.split("_")[2]);
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

async function dropDatabases(
  adminUrl: string,
  prefix: string,
  which: (name: string) => boolean,
): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>(
      "SELECT datname FROM pg_database WHERE starts_with(datname, $1)",
      [prefix],
    );
    for (const { datname } of rows.filter((row) => which(row.datname))) {
      await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(datname)} WITH (FORCE)`);
    }
  } finally {
    await client.end();
  }
}
