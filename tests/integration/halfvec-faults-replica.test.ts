import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, vi } from "vitest";
import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { type Connections, openConnections } from "../../app/services/halfvec/connections.ts";
import { convertTable } from "../../app/services/halfvec/convert/convert-table.ts";
import { twinFilling } from "../../app/services/halfvec/convert/filling.ts";
import { CONVERSION_DEFAULTS } from "../../app/services/halfvec/convert/options.ts";
import { fillTable } from "../support/embedding-rows.ts";
import { migrate } from "../support/migrate.ts";
import { conversionRecord } from "../support/migration-records.ts";
import { startMigration } from "../support/running-migration.ts";
import { openStandby } from "../support/standby.ts";
import { test as base, type TestDatabase } from "../support/test.ts";

const test = base.override({ through: "init" });
const SLOW = 120_000;
const ROWS = 1500;
const CONVERT = ["convert", "--tables", "page_embeddings"];

async function lastThrottle(database: TestDatabase): Promise<string | null> {
  const [stored] = await database.query<{ throttle: string | null }>(
    "SELECT throttle FROM halfvec_migration.progress ORDER BY measured_at DESC LIMIT 1",
  );
  return stored?.throttle ?? null;
}

describe("a standby that falls behind", { tags: ["standby"] }, () => {
  test("stops the conversion above --max-replica-lag, is named, and lets it go on when it has caught up", {
    timeout: SLOW,
  }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, ROWS);
    await migrate(database, "run", "--until", "expand");
    const standby = await openStandby();
    await standby.caughtUp(database);
    await standby.standStill();

    const cli = startMigration(database, [...CONVERT, "--rows-per-second", "200", "--max-replica-lag", "2"]);
    await cli.printed(/"event":"waiting"/);
    expect(cli.events().find(({ event }) => event === "waiting")).toMatchObject({
      table: "page_embeddings",
      reason: expect.stringMatching(
        /^standby \S+ \(\S+\) is \d+ s \([\d.]+ [KM]B\) behind, allowed are 2 s; .*--max-replica-lag SECONDS$/,
      ),
    });
    // The transactions under way end.
    await sleep(500);
    const standing = await conversionRecord(database, PAGE_EMBEDDINGS);
    await sleep(1500);
    expect(await conversionRecord(database, PAGE_EMBEDDINGS)).toEqual(standing);
    expect(standing.converted).toBeGreaterThan(0);
    expect(standing.converted).toBeLessThan(ROWS);
    await expect.poll(() => lastThrottle(database), { timeout: 10_000 }).toBe("replica lag");

    await standby.goOn();
    expect(await cli.exit, cli.stderr()).toMatchObject({ code: 0 });
    expect(await conversionRecord(database, PAGE_EMBEDDINGS)).toMatchObject({
      converted: ROWS,
      finished: true,
    });
    expect(await lastThrottle(database)).toBeNull();
    // Told once, not with every look.
    expect(cli.events().filter(({ event }) => event === "waiting")).toHaveLength(1);
  });

  test("does not stop it where that much is allowed", { timeout: SLOW }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 300);
    await migrate(database, "run", "--until", "expand");
    const standby = await openStandby();
    await standby.standStill();
    const run = await migrate(database, ...CONVERT, "--rows-per-second", "100", "--max-replica-lag", "86400");
    expect(run).toMatchObject({ code: 0 });
    expect(run.events.filter(({ event }) => event === "waiting")).toEqual([]);
    expect(await conversionRecord(database, PAGE_EMBEDDINGS)).toMatchObject({
      converted: 300,
      finished: true,
    });
  });

  test("and that our role may not see: it is told which grant is missing", { timeout: SLOW }, async ({
    database,
  }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 50);
    await migrate(database, "run", "--until", "expand");
    const [{ name } = { name: "" }] = await database.query<{ name: string }>(
      "SELECT current_database() AS name",
    );
    const role = `${name}_seer`;
    await database.query(`CREATE ROLE ${role} LOGIN`);
    try {
      await database.query(`
        GRANT ALL ON SCHEMA halfvec_migration TO ${role};
        GRANT ALL ON ALL TABLES IN SCHEMA halfvec_migration TO ${role};
        GRANT ALL ON ALL SEQUENCES IN SCHEMA halfvec_migration TO ${role};
        GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA halfvec_migration TO ${role};
        GRANT SELECT, UPDATE ON page_embeddings TO ${role}`);
      const url = new URL(database.url);
      url.username = role;
      const run = await migrate({ ...database, url: url.href }, ...CONVERT);
      expect(run, run.stderr).toMatchObject({ code: 0 });
      const warnings = run.events.filter(({ event }) => event === "warning");
      expect(warnings).toEqual([
        expect.objectContaining({ message: expect.stringContaining(`GRANT pg_monitor TO ${role}`) }),
      ]);
    } finally {
      await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});

test("without a standby the option costs no query and no connection of its own", { timeout: SLOW }, async ({
  database,
}) => {
  await fillTable(database, PAGE_EMBEDDINGS, 60);
  await migrate(database, "run", "--until", "expand");
  const connections = await openConnections(database.url);
  const roles: string[] = [];
  const statements = new Set<string>();
  const counted: Connections = {
    embedded: connections.embedded,
    use: (role, work) =>
      connections.use(role, (client) => {
        roles.push(role);
        const query = vi.spyOn(client, "query");
        return work(client).finally(() => {
          for (const [statement] of query.mock.calls) statements.add(`${role}: ${statement}`);
        });
      }),
  };
  const { signal } = new AbortController();
  await convertTable(counted, twinFilling(PAGE_EMBEDDINGS), CONVERSION_DEFAULTS, () => undefined, signal);

  expect(roles.sort()).toEqual(["convert", "watch", "worker 1"]);
  const watching = [...statements].filter((statement) => statement.startsWith("watch: "));
  // The settings, the progress and with it the standbys, and the note of the progress.
  expect(watching.map((statement) => /FROM halfvec_migration\.(\w+)/.exec(statement)?.[1])).toEqual([
    "settings",
    "conversions",
    "conversions",
  ]);
  expect([...statements].filter((statement) => statement.includes("pg_stat_replication"))).toHaveLength(1);
});
