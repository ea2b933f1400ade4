import type { Reporter, TestModule } from "vitest/node";
import { SERVER_TAG } from "./test-server.ts";

/** Says at the end how many tests were left out because they need a real server, and how to run them. */
export default class LeftOutReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    let leftOut = 0;
    for (const module of modules) {
      for (const test of module.children.allTests("skipped")) {
        if (test.tags.includes(SERVER_TAG)) leftOut += 1;
      }
    }
    if (leftOut === 0) return;
    process.stdout.write(
      `${leftOut} ${leftOut === 1 ? "test needs" : "tests need"} a real PostgreSQL server with pgvector and ${leftOut === 1 ? "was" : "were"} left out. To run all:\n` +
        "  TEST_DATABASE_URL=postgresql://USER:PASSWORD@HOST:5432/postgres npm test\n",
    );
  }
}
