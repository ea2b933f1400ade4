import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CliProcess, finished, startScript } from "../tests/support/cli.ts";

const database = (...args: string[]) => finished(startScript("scripts/database.ts", { args }));

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "embedded-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, "postgres");
}

async function startDatabase(...args: string[]): Promise<{ cli: CliProcess; url: string }> {
  const cli = startScript("scripts/database.ts", { args: ["start", "--port", "0", ...args] });
  onTestFinished(() => cli.kill("SIGKILL"));
  await cli.printed(/\n/);
  return { cli, url: cli.stdout().trim() };
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe("start", () => {
  test.for(["SIGTERM", "SIGINT", "SIGKILL"] as const)("keeps its data over %s", async (signal) => {
    const dataDir = temporaryDirectory();
    const first = await startDatabase("--data-dir", dataDir);
    await ask(first.url, "CREATE TABLE t AS SELECT 42 AS answer");
    first.cli.kill(signal);
    await first.cli.exit;
    const second = await startDatabase("--data-dir", dataDir);
    expect(await ask(second.url, "SELECT answer FROM t")).toEqual([{ answer: 42 }]);
    second.cli.kill();
    expect(await second.cli.exit).toEqual({ code: 0, signal: null });
  });

  test("stops with its standard input where that is asked for", async () => {
    const { cli } = await startDatabase("--memory", "--stop-with-stdin");
    cli.endInput();
    expect(await cli.exit).toEqual({ code: 0, signal: null });
  });

  test("refuses a data directory that is in use", async () => {
    const dataDir = temporaryDirectory();
    const { cli } = await startDatabase("--data-dir", dataDir);
    const second = await database("start", "--port", "0", "--data-dir", dataDir);
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`in use by the process ${cli.pid}`),
    });
  });

  test("refuses a port that is in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const start = await database("start", "--memory", "--port", String(port));
    expect(start).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`Port ${port} on 127.0.0.1 is in use`),
    });
  });
});

describe("usage", () => {
  test("--help says all of it", async () => {
    const help = { code: 0, stderr: "", stdout: expect.stringContaining("--through NAME") };
    expect(await database("--help")).toMatchObject(help);
    expect(await database("deploy", "--help")).toMatchObject(help);
  });

  test.for([
    [[]],
    [["stop"]],
    [["start", "--prot", "1"]],
    [["start", "--port", "many"]],
    [["start", "--port="]],
    [["deploy", "--through="]],
    [["constructor"]],
    [["deploy", "init"]],
  ])("%j is an error", async ([args]) => {
    const run = await database(...(args as string[]));
    expect(run).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("Usage: ") });
  });
});
