import { describe, expect } from "vitest";
import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { checksums, fillTable } from "../support/embedding-rows.ts";
import { migrate } from "../support/migrate.ts";
import { startMigration } from "../support/running-migration.ts";
import { phases } from "../support/table-phases.ts";
import { test as base } from "../support/test.ts";

const test = base.override({ through: "init" });
const SLOW = 120_000;
const REFUSAL = /a rollback or contract is under way in another process/;

describe("who goes back has the turn", { tags: ["server"] }, () => {
  test("a conversion in another process ends at its next transaction, and the rollback goes through", {
    timeout: SLOW,
  }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 1500);
    const before = await checksums(database);
    await migrate(database, "run", "--until", "expand");
    const conversion = startMigration(database, ["convert", "--rows-per-second", "100"]);
    await conversion.printed(/"rowsConverted":[1-9]/);

    const rollback = await migrate(database, "rollback", "--yes");

    expect(rollback, rollback.stderr).toMatchObject({ code: 0, summary: { outcome: "done" } });
    expect(rollback.events).toContainEqual(
      expect.objectContaining({ event: "waiting", reason: expect.stringContaining("asked to stop") }),
    );
    expect(await conversion.exit).toMatchObject({ code: 3 });
    expect(conversion.stderr()).toMatch(REFUSAL);
    expect(await phases(database)).toEqual(["baseline"]);
    expect(await checksums(database)).toEqual(before);
  });

  test("nothing else begins while a rollback works, and after it everything does", {
    timeout: SLOW,
  }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 800);
    await migrate(database, "run", "--yes");
    await database.query(
      "UPDATE page_embeddings SET embedding = (SELECT embedding FROM page_embeddings LIMIT 1)",
    );
    const rollback = startMigration(database, ["rollback", "--yes", "--rows-per-second", "100"]);
    await rollback.printed(/"event":"convert".*"rowsConverted":[1-9]/);

    for (const args of [
      ["run", "--yes"],
      ["verify"],
      ["rollback", "--yes"],
      ["contract", "--after-days", "0", "--yes"],
    ]) {
      const other = await migrate(database, ...args);
      expect(other, args.join(" ")).toMatchObject({ code: 3, stderr: expect.stringMatching(REFUSAL) });
    }
    expect(await migrate(database, "status")).toMatchObject({ code: 0 });

    expect(await rollback.exit, rollback.stderr()).toMatchObject({ code: 0 });
    expect(await phases(database)).toEqual(["baseline"]);
    expect(await migrate(database, "run", "--yes")).toMatchObject({ code: 0 });
    expect(await phases(database)).toEqual(["swapped"]);
  });

  test("a rollback that was killed leaves nobody waiting", { timeout: SLOW }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 300);
    await migrate(database, "run", "--yes");
    const rollback = startMigration(database, ["rollback", "--yes"]);
    await rollback.printed(/"phase":"rebuild"/);
    rollback.kill("SIGKILL");
    await rollback.exit;
    await expect
      .poll(async () => (await migrate(database, "verify")).stderr, { timeout: 20_000 })
      .not.toMatch(REFUSAL);
    const again = await migrate(database, "rollback", "--yes");
    expect(again, again.stderr).toMatchObject({ code: 0 });
    expect(await phases(database)).toEqual(["baseline"]);
  });
});
