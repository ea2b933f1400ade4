import { describe, expect } from "vitest";
import { DOCUMENTS } from "../../app/embedding-tables.ts";
import { fillTable } from "../support/embedding-rows.ts";
import { holdLock, untilToolWaits } from "../support/held-locks.ts";
import { migrate } from "../support/migrate.ts";
import { startMigration } from "../support/running-migration.ts";
import { test as base } from "../support/test.ts";

const test = base.override({ through: "init" });

describe("the sessions of a tool that was killed", { tags: ["server"] }, () => {
  test("end in the middle of a statement that waits", { timeout: 60_000 }, async ({ database }) => {
    await fillTable(database, DOCUMENTS, 20);
    expect(await migrate(database, "run", "--until", "convert")).toMatchObject({ code: 0 });
    const writing = await holdLock(database, "documents", "ROW EXCLUSIVE");
    const cli = startMigration(database, ["index", "--tables", "documents"]);
    await cli.printed(/"phase":"index","table":"documents","state":"started"/);
    await untilToolWaits(database);
    cli.kill("SIGKILL");
    await cli.exit;

    const sessions = () =>
      database.query(
        `SELECT application_name FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE 'migrate-halfvec%'`,
      );
    await expect.poll(sessions, { timeout: 20_000, interval: 100 }).toEqual([]);
    await writing.release();
    expect(await migrate(database, "index")).toMatchObject({ code: 0 });
  });
});
