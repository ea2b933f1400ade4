import { onTestFinished } from "vitest";
import { type CliProcess, startTool } from "./cli.ts";
import type { EventLine } from "./migrate.ts";
import type { TestDatabase } from "./test.ts";

/** A `npm run migrate:halfvec -- … --json` that is still at work. */
export interface RunningMigration extends CliProcess {
  /** What it told so far. */
  events(): EventLine[];
}

/**
 * Starts `npm run migrate:halfvec -- …args --json`, to be watched, disturbed or killed. Does not outlive the test.
 * @param env on top of this process's environment.
 * @param cwd a copy of the project (`createWorkingCopy`), for `contract`, which writes into `prisma/migrations`.
 */
export function startMigration(
  database: TestDatabase,
  args: readonly string[],
  env: Record<string, string> = {},
  cwd?: string,
): RunningMigration {
  const cli = startTool({
    args: [...args, "--json"],
    databaseUrl: database.url,
    env,
    ...(cwd === undefined ? {} : { cwd }),
  });
  onTestFinished(async () => {
    cli.kill("SIGKILL");
    await cli.exit;
  });
  const events = () =>
    cli
      .stdout()
      .split("\n")
      .filter((line) => line.startsWith("{") && line.endsWith("}"))
      .map((line): EventLine => JSON.parse(line));
  return { ...cli, events };
}
