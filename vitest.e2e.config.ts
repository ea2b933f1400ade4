import { defineConfig } from "vitest/config";

const report = process.env.TEST_REPORT;

/** `npm run test:e2e`: the built app in Chromium. */
export default defineConfig({
  test: {
    include: ["tests/e2e/**/*.test.ts"],
    globalSetup: ["tests/support/global-setup.ts", "tests/e2e/build-app.ts"],
    pool: "forks",
    // One process for all files: they share one app and one browser.
    maxWorkers: 1,
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ["default", ...(report ? [["json", { outputFile: report }] satisfies [string, object]] : [])],
  },
});
