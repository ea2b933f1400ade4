import type { Reporter, TestModule } from "vitest/node";
import { CRASH_TAG, PG_DUMP_TAG, PSQL_TAG, REPACK_TAG, SERVER_TAG, STANDBY_TAG } from "./test-server.ts";

const ON_SERVER = "TEST_DATABASE_URL=postgresql://USER:PASSWORD@HOST:5432/postgres";
const ON_STANDBY = "TEST_STANDBY_URL=postgresql://USER:PASSWORD@STANDBY:5432/postgres";

const ON_CRASHING = "TEST_SERVER_KILL='kill it' TEST_SERVER_START='start it'";

const REASONS = [
  {
    tag: SERVER_TAG,
    what: "a real PostgreSQL server with pgvector",
    command: `${ON_SERVER} npm test`,
  },
  {
    tag: STANDBY_TAG,
    what: "a streaming standby of a real PostgreSQL server",
    command: `${ON_SERVER} ${ON_STANDBY} npm test`,
  },
  {
    tag: REPACK_TAG,
    what: "a real PostgreSQL server with the extension pg_repack, and its program on the PATH,",
    command: `${ON_SERVER} npm test`,
  },
  {
    tag: PSQL_TAG,
    what: "the program psql on the PATH",
    command: "npm test",
  },
  {
    tag: PG_DUMP_TAG,
    what: "a real PostgreSQL server, and pg_dump of its version or later on the PATH,",
    command: `${ON_SERVER} npm test`,
  },
  {
    tag: CRASH_TAG,
    what: "a real PostgreSQL server that may be crashed, and the shell commands to do so,",
    command: `${ON_SERVER} ${ON_CRASHING} npm run test:alone`,
  },
];

/** Says at the end how many tests were left out because of what they need, and how to run them. */
export default class LeftOutReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const leftOut = modules.flatMap((module) => [...module.children.allTests("skipped")]);
    for (const { tag, what, command } of REASONS) {
      const count = leftOut.filter((test) => test.tags.includes(tag)).length;
      if (count === 0) continue;
      const tests = count === 1 ? "1 test needs" : `${count} tests need`;
      const were = count === 1 ? "was" : "were";
      process.stdout.write(`${tests} ${what} and ${were} left out. To run all:\n  ${command}\n`);
    }
  }
}
