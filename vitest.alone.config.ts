import { defineConfig, type ViteUserConfig } from "vitest/config";
import { crashCommands } from "./tests/support/crashable-server.ts";
import { CRASH_TAG, chooseTestServer, SERVER_TAG } from "./tests/support/test-server.ts";

/** `npm run test:alone`: what crashes the server, and what transactions in its other databases would disturb, file by file. */
export default defineConfig(async (): Promise<ViteUserConfig> => {
  const server = await chooseTestServer();
  const report = process.env.TEST_REPORT;
  return {
    test: {
      include: ["tests/alone/**/*.test.ts"],
      globalSetup: ["tests/support/global-setup.ts"],
      setupFiles: ["tests/support/console-errors.ts"],
      tags: [
        {
          name: SERVER_TAG,
          description: "needs a real PostgreSQL server; left out on PGlite",
          skip: server.kind !== "server",
        },
        {
          name: CRASH_TAG,
          description:
            "needs a server that it may crash; left out without TEST_SERVER_KILL and TEST_SERVER_START",
          skip: server.kind !== "server" || crashCommands() === null,
        },
      ],
      pool: "forks",
      maxWorkers: 1,
      fileParallelism: false,
      testTimeout: 360_000,
      hookTimeout: 120_000,
      reporters: [
        "default",
        "./tests/support/left-out-reporter.ts",
        ...(report ? [["json", { outputFile: report }] satisfies [string, object]] : []),
      ],
    },
  };
});
