import { describe, expect } from "vitest";
import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { finished, startScript } from "../support/cli.ts";
import { fillTable } from "../support/embedding-rows.ts";
import { runUntil } from "../support/engine.ts";
import { startMigration } from "../support/running-migration.ts";
import { test as base } from "../support/test.ts";

const test = base.override({ through: "init" });
const SLOW = 120_000;

/** A port on which nobody listens. */
const NOBODY = "postgresql://postgres@127.0.0.1:1/postgres";

/** The last line of what a command printed. */
function lastLine(stdout: string): unknown {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
}

describe("--json ends with the summary", () => {
  test.for(["run", "convert", "index", "verify", "swap"])(
    "%s, where no server answers",
    { timeout: SLOW },
    async (command) => {
      const { code, stdout } = await finished(
        startScript("scripts/migrate-to-halfvec.ts", { args: [command, "--json", "--database-url", NOBODY] }),
      );
      expect(code).toBe(1);
      expect(lastLine(stdout)).toMatchObject({
        event: "summary",
        outcome: "failed",
        message: expect.stringContaining("ECONNREFUSED"),
      });
    },
  );

  const forms: [string, (url: string) => string[]][] = [
    ["--database-url URL", (url) => ["--database-url", url]],
    ["--database-url=URL", (url) => [`--database-url=${url}`]],
  ];

  test.for(forms)(
    "an interrupted run with %s: the message tells the command without the password",
    {
      timeout: SLOW,
    },
    async ([, words], { database }) => {
      await fillTable(database, PAGE_EMBEDDINGS, 100);
      await runUntil(database, "expand");
      const url = new URL(database.url);
      url.password ||= "a-word-that-nobody-may-read";
      const cli = startMigration(database, ["run", "--yes", "--rows-per-second", "10", ...words(url.href)]);
      await cli.printed(/"phase":"convert".*"state":"started"/);
      cli.kill("SIGINT");
      expect(await cli.exit).toMatchObject({ code: 130 });
      expect(lastLine(cli.stdout())).toMatchObject({
        event: "summary",
        outcome: "interrupted",
        message: expect.stringContaining("npm run migrate:halfvec -- run --yes --rows-per-second 10"),
      });
      expect(cli.stdout() + cli.stderr()).not.toContain(url.password);
    },
  );
});
