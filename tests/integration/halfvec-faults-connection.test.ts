import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect } from "vitest";
import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { readCatalog } from "../../app/services/halfvec/catalog.ts";
import { openConnections } from "../../app/services/halfvec/connections.ts";
import type { MigrationEvent } from "../../app/services/halfvec/events.ts";
import { withReconnection } from "../../app/services/halfvec/reconnection.ts";
import { checksums, countDifferingFromBackup, fillTable } from "../support/embedding-rows.ts";
import { holdIndexBuild } from "../support/held-index-build.ts";
import { migrate } from "../support/migrate.ts";
import { conversionRecord } from "../support/migration-records.ts";
import { type RunningMigration, startMigration } from "../support/running-migration.ts";
import { startProxy } from "../support/tcp-proxy.ts";
import { test as base, type TestDatabase } from "../support/test.ts";

const test = base.override({ through: "init" });
const SLOW = 120_000;
const ROWS = 900;
const SLOWLY = ["--workers", "2", "--rows-per-second", "300"];

/** Ends every session of the tool, as an administrator or a restart does. @returns how many. */
async function terminateAll(database: TestDatabase): Promise<number> {
  const [found] = await database.query<{ count: number }>(
    `SELECT count(pg_terminate_backend(pid))::int AS count FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'migrate-halfvec%'`,
  );
  return found?.count ?? 0;
}

/** Ends the session that builds or drops an index and waits for another. @returns how many. */
async function terminateWaiting(database: TestDatabase): Promise<number> {
  const [found] = await database.query<{ count: number }>(
    `SELECT count(pg_terminate_backend(pid))::int AS count FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'migrate-halfvec index' AND wait_event_type = 'Lock'`,
  );
  return found?.count ?? 0;
}

function reasons(cli: RunningMigration): unknown[] {
  return cli.events().flatMap((event) => (event.event === "waiting" ? [event.reason] : []));
}

const LOST = expect.stringMatching(
  /^the connection to the server is lost \(.+\); trying again for up to \d+ s$/,
);

describe("a run whose connection is lost", { tags: ["server"] }, () => {
  test("in the conversion goes on by itself: nothing is lost, nothing is done twice", {
    timeout: SLOW,
  }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, ROWS);
    const before = await checksums(database);
    await migrate(database, "run", "--until", "expand");
    const cli = startMigration(database, ["run", "--yes", ...SLOWLY]);
    await cli.printed(/"event":"convert".*"rowsConverted":[1-9]/);
    expect(await terminateAll(database)).toBeGreaterThanOrEqual(3);

    expect(await cli.exit, cli.stderr()).toEqual({ code: 0, signal: null });
    expect(reasons(cli)).toContainEqual(LOST);
    expect(cli.events()).toContainEqual(
      expect.objectContaining({ event: "warning", message: expect.stringContaining("goes on where it was") }),
    );
    expect(await conversionRecord(database, PAGE_EMBEDDINGS)).toMatchObject({
      converted: ROWS,
      finished: true,
      claims: 0,
    });
    expect((await readCatalog(database.client, PAGE_EMBEDDINGS)).phase).toBe("swapped");
    expect(await countDifferingFromBackup(database, PAGE_EMBEDDINGS)).toBe(0);
    expect(await checksums(database)).toEqual(before);
  });

  test("in an index build finds the invalid index, and builds it again", { timeout: SLOW }, async ({
    database,
  }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 200);
    await migrate(database, "run", "--until", "convert");
    const hold = await holdIndexBuild(database);
    const cli = startMigration(database, ["index"]);
    await hold.waiting();
    await terminateAll(database);
    await cli.printed(/built again/);
    await hold.release();

    expect(await cli.exit, cli.stderr()).toEqual({ code: 0, signal: null });
    expect(reasons(cli)).toContainEqual(LOST);
    const { indexes } = await readCatalog(database.client, PAGE_EMBEDDINGS);
    expect(indexes.filter(({ column }) => column === PAGE_EMBEDDINGS.twin)).toEqual([
      expect.objectContaining({ name: PAGE_EMBEDDINGS.halfvecIndex, valid: true }),
    ]);
  });

  test("in every index build gives up after the third", { timeout: SLOW }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 100);
    await migrate(database, "run", "--until", "convert");
    const hold = await holdIndexBuild(database);
    const cli = startMigration(database, ["index"]);
    await hold.waiting();
    const over = new AbortController();
    const crashing = (async () => {
      let ended = 0;
      while (!over.signal.aborted) {
        ended += await terminateWaiting(database);
        await sleep(50);
      }
      return ended;
    })();
    const exit = await cli.exit;
    over.abort();

    expect(await crashing).toBeGreaterThanOrEqual(3);
    expect(exit).toEqual({ code: 1, signal: null });
    // It may also have waited for the session of the build that was terminated.
    const waits = reasons(cli).filter((reason) => !/^session \d+ is building/.test(String(reason)));
    expect(waits).toEqual([LOST, LOST]);
    expect(cli.stderr()).toMatch(/lost 3 times with nothing done in between.*look into the server's log/);
    await hold.release();
  });
});

describe("a network that is away", { tags: ["server"] }, () => {
  test("for two seconds: the conversion waits and goes on", { timeout: SLOW }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, ROWS);
    await migrate(database, "run", "--until", "expand");
    const proxy = await startProxy(database);
    const cli = startMigration(proxy.database, ["convert", "--tables", "page_embeddings", ...SLOWLY]);
    await cli.printed(/"rowsConverted":[1-9]/);
    await proxy.close();
    await cli.printed(/the connection to the server is lost/);
    await sleep(2000);
    expect((await conversionRecord(database, PAGE_EMBEDDINGS)).finished).toBe(false);
    await proxy.open();

    expect(await cli.exit, cli.stderr()).toEqual({ code: 0, signal: null });
    expect(await conversionRecord(database, PAGE_EMBEDDINGS)).toMatchObject({
      converted: ROWS,
      finished: true,
      claims: 0,
    });
  });

  test("for longer than --reconnect-seconds: exit code 1, and the next run goes on", {
    timeout: SLOW,
  }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, ROWS);
    await migrate(database, "run", "--until", "expand");
    const proxy = await startProxy(database);
    const convert = ["convert", "--tables", "page_embeddings"];
    const cli = startMigration(proxy.database, [...convert, ...SLOWLY, "--reconnect-seconds", "2"]);
    await cli.printed(/"rowsConverted":[1-9]/);
    await proxy.close();

    expect(await cli.exit).toEqual({ code: 1, signal: null });
    expect(reasons(cli)).toEqual([expect.stringContaining("trying again for up to 2 s")]);
    expect(cli.stderr()).toMatch(/for 2 s there was no way back: .*ECONNREFUSED.*--reconnect-seconds N/);
    expect(cli.events().at(-1)).toMatchObject({ event: "summary", outcome: "failed" });
    const { converted } = await conversionRecord(database, PAGE_EMBEDDINGS);
    expect(converted).toBeGreaterThan(0);
    expect(converted).toBeLessThan(ROWS);

    expect(await migrate(database, ...convert)).toMatchObject({ code: 0 });
    expect(await conversionRecord(database, PAGE_EMBEDDINGS)).toMatchObject({
      converted: ROWS,
      finished: true,
    });
  });

  test("from the start: an error at once, without waiting", { timeout: SLOW }, async ({ database }) => {
    const proxy = await startProxy(database);
    await proxy.close();
    const run = await migrate(proxy.database, "run", "--yes");
    expect(run).toMatchObject({ code: 1, summary: { outcome: "failed" } });
    expect(run.stderr).toContain("ECONNREFUSED");
    expect(run.events.filter(({ event }) => event === "waiting")).toEqual([]);
  });

  test("without a word: a statement that nobody answers ends, and is done again", { timeout: SLOW }, async ({
    database,
  }) => {
    const proxy = await startProxy(database);
    const connections = await openConnections(proxy.database.url, { silentMs: 400, answerMs: 400 });
    const events: MigrationEvent[] = [];
    let attempts = 0;
    const work = () =>
      connections.use("worker 1", async (client) => {
        attempts += 1;
        if (attempts > 1) return client.query("SELECT");
        const statement = client.query("SELECT pg_sleep(60)");
        proxy.freeze();
        return statement;
      });
    const done = withReconnection(
      connections,
      { seconds: 60 },
      (event) => {
        events.push(event);
        // The network comes back.
        if (event.event === "waiting") void proxy.close().then(proxy.open);
      },
      new AbortController().signal,
      work,
    );
    await expect(done).resolves.toMatchObject({ command: "SELECT" });
    expect(attempts).toBe(2);
    expect(events[0]).toMatchObject({ reason: expect.stringContaining("answers on no other connection") });
  });

  test("a statement that takes long is left alone while the server answers on another connection", {
    timeout: SLOW,
  }, async ({ database }) => {
    const connections = await openConnections(database.url, { silentMs: 100, answerMs: 5000 });
    const slept = connections.use("worker 1", (client) => client.query("SELECT pg_sleep(3)"));
    await expect(slept).resolves.toMatchObject({ rowCount: 1 });
  });
});
