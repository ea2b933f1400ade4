import { defineConfig, type ViteUserConfig } from "vitest/config";
import GuideFirst from "./tests/support/guide-first.ts";
import {
  chooseTestServer,
  hasProgram,
  PG_DUMP_TAG,
  PSQL_TAG,
  REPACK_TAG,
  SERVER_TAG,
  STANDBY_TAG,
} from "./tests/support/test-server.ts";
import { unitTestFiles } from "./tests/support/unit-tests.ts";

/**
 * Two projects: "unit", whose tests get no database and say the same wherever they run, and "database". On a second
 * server `vitest run --project database` leaves out what it cannot prove.
 */
export default defineConfig(async (): Promise<ViteUserConfig> => {
  const server = await chooseTestServer();
  const unit = unitTestFiles();
  const report = process.env.TEST_REPORT;
  return {
    test: {
      projects: [
        { extends: true, test: { name: "unit", include: unit } },
        {
          extends: true,
          test: {
            name: "database",
            include: ["app/**/*.test.{ts,tsx}", "scripts/**/*.test.ts", "tests/**/*.test.ts"],
            exclude: ["**/node_modules/**", "tests/e2e/**", "tests/alone/**", ...unit],
            globalSetup: ["tests/support/global-setup.ts"],
          },
        },
      ],
      setupFiles: ["tests/support/console-errors.ts"],
      tags: [
        {
          name: SERVER_TAG,
          description: "needs a real PostgreSQL server; left out on PGlite",
          skip: server.kind !== "server",
        },
        {
          name: STANDBY_TAG,
          description: "needs a streaming standby of that server; left out without TEST_STANDBY_URL",
          skip: server.kind !== "server" || !process.env.TEST_STANDBY_URL,
        },
        {
          name: REPACK_TAG,
          description:
            "needs pg_repack, the program here and the extension there; left out without the program",
          skip: server.kind !== "server" || !hasProgram("pg_repack"),
        },
        {
          name: PSQL_TAG,
          description: "needs the program psql; left out without it",
          skip: !hasProgram("psql"),
        },
        {
          name: PG_DUMP_TAG,
          description: "needs pg_dump of the server's version or later; left out without it, and on PGlite",
          skip: server.kind !== "server" || !hasProgram("pg_dump"),
        },
      ],
      pool: "forks",
      maxWorkers: 2,
      sequence: { sequencer: GuideFirst },
      testTimeout: 60_000,
      hookTimeout: 120_000,
      reporters: [
        "default",
        "./tests/support/left-out-reporter.ts",
        ...(report ? [["json", { outputFile: report }] satisfies [string, object]] : []),
      ],
    },
  };
});
