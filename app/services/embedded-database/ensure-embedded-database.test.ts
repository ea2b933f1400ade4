import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { startCode } from "../../../tests/support/cli.ts";
import { embeddedDatabaseUrl } from "../../embedded-database-url.ts";
import { ensureEmbeddedDatabase } from "./ensure-embedded-database.ts";

const MODULE = JSON.stringify(new URL("./ensure-embedded-database.ts", import.meta.url).href);

let port: number;
let dataDir: string;

beforeEach(async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  ({ port } = server.address() as { port: number });
  server.close();
  await once(server, "close");
  const root = mkdtempSync(join(tmpdir(), "ensure-"));
  dataDir = join(root, "postgres");
  return () => rmSync(root, { recursive: true, force: true });
});

async function ask(sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: embeddedDatabaseUrl(port) });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test("starts the database where none answers, and again where its predecessor just stops", async () => {
  const url = embeddedDatabaseUrl(port);
  const first = await ensureEmbeddedDatabase(url, { port, dataDir });
  expect(first.started).toBe(true);
  await ask("CREATE TABLE t AS SELECT 42 AS answer");
  const beside = await ensureEmbeddedDatabase(url, { port, dataDir });
  expect(beside.started).toBe(false);
  await beside.stop();
  const stopping = first.stop();
  await sleep(50);
  const second = await ensureEmbeddedDatabase(url, { port, dataDir });
  expect(await ask("SELECT answer FROM t")).toEqual([{ answer: 42 }]);
  expect(second.started).toBe(true);
  await Promise.all([stopping, second.stop()]);
  await expect(ask("SELECT 1")).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("leaves every other URL alone", async () => {
  expect(await ensureEmbeddedDatabase("postgresql://db.invalid/app", { port })).toMatchObject({
    started: false,
  });
});

test("says so when something else listens there", async () => {
  const other = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  other.listen(port, "127.0.0.1");
  onTestFinished(() => void other.close());
  await once(other, "listening");
  const ensured = ensureEmbeddedDatabase(embeddedDatabaseUrl(port), { port, dataDir });
  await expect(ensured).rejects.toThrow("is not the embedded database");
});

test("the database ends with the process that started it, even when that is killed", async () => {
  const parent = startCode(`
    import { ensureEmbeddedDatabase } from ${MODULE};
    await ensureEmbeddedDatabase(${JSON.stringify(embeddedDatabaseUrl(port))}, ${JSON.stringify({ port, dataDir })});
    console.log("ready");
    setInterval(() => {}, 1000);
  `);
  await parent.printed(/ready/);
  expect(await ask("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  parent.kill("SIGKILL");
  await parent.exit;
  await expect
    .poll(() => ask("SELECT 1").catch((error) => error.code), { timeout: 20_000 })
    .toBe("ECONNREFUSED");
});

test("it keeps no process alive", async () => {
  const parent = startCode(`
    import { ensureEmbeddedDatabase } from ${MODULE};
    await ensureEmbeddedDatabase(${JSON.stringify(embeddedDatabaseUrl(port))}, ${JSON.stringify({ port, dataDir })});
  `);
  expect(await parent.exit).toEqual({ code: 0, signal: null });
});
