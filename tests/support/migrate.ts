import { finished, startTool } from "./cli.ts";
import type { TestDatabase } from "./test.ts";

/** One line of `--json`. */
export type EventLine = Record<string, unknown> & { event: string };

export interface MigrateRun {
  code: number | null;
  signal: NodeJS.Signals | null;
  events: EventLine[];
  /** The last line: outcome, message, and the figures of each table. */
  summary: EventLine | undefined;
  stdout: string;
  stderr: string;
}

/** Runs `npm run migrate:halfvec -- …args --json` to its end. */
export function migrate(database: TestDatabase, ...args: string[]): Promise<MigrateRun> {
  return migrateIn(".", database, ...args);
}

/** As {@link migrate}, with another directory as the project's: one of `createWorkingCopy`. */
export async function migrateIn(cwd: string, database: TestDatabase, ...args: string[]): Promise<MigrateRun> {
  const run = await finished(startTool({ args: [...args, "--json"], databaseUrl: database.url, cwd }));
  const events = run.stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line): EventLine => JSON.parse(line));
  return { ...run, events, summary: events.findLast((event) => event.event === "summary") };
}
